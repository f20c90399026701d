/** What a person needs to fix a failure; `runner/action.ts` prints it. */
export interface Remediation {
  /** Section of docs/troubleshooting.md that speaks of it. */
  readonly anchor: string;
  readonly cause?: string | undefined;
  readonly fix?: string | undefined;
  /** Lines shown as they are: claims that were presented, ids for a support ticket, a command to run. */
  readonly details?: readonly string[] | undefined;
}

/**
 * A failure that the user can act on. Every module throws it; `runner/action.ts` prints it.
 * The message says which step failed and how; it never contains a secret.
 */
export class ActionError extends Error {
  readonly remediation: Remediation;

  constructor(message: string, remediation: Remediation, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ActionError';
    this.remediation = remediation;
  }
}
