/** What a person needs in order to mend a failure; the runner prints it, see `runner/report.ts`. */
export interface Remedy {
  /** Section of docs/troubleshooting.md that speaks of it. */
  readonly anchor: string;
  readonly cause?: string | undefined;
  readonly fix?: string | undefined;
  /** Lines shown as they are: claims that were presented, ids for a support ticket, a command to run. */
  readonly details?: readonly string[] | undefined;
}

/**
 * A failure that the user can act on: every room throws it, one place catches it (`runner/action.ts`).
 * The message says what was being done and what came instead; it never holds a secret.
 */
export class Problem extends Error {
  readonly remedy: Remedy;

  constructor(message: string, remedy: Remedy, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Problem';
    this.remedy = remedy;
  }
}
