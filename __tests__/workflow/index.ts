import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../src/shared/json.ts';

/** What GitHub makes of a file. */
export interface Reading {
  /** What its language service has to say against it. */
  readonly findings: readonly unknown[];
  /** The file as plain values, where an expression is an object with the member `expression`; of a workflow only. */
  readonly tree: Record<string, unknown>;
}

/**
 * Has GitHub's own parser and language service read files.
 *
 * @param files - texts by path; a path that ends in `action.yml` is one of an action
 */
export function readAsGitHub(files: Readonly<Record<string, string>>): ReadonlyMap<string, Reading> {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'read.ts')], {
    input: JSON.stringify(files),
    timeout: 60_000,
  });
  const answers = parseJson(printed.toString());
  return new Map(
    Object.entries(isRecord(answers) ? answers : {}).map(([name, answer]) => {
      const { findings, tree } = isRecord(answer) ? answer : {};
      return [name, { findings: Array.isArray(findings) ? findings : [], tree: isRecord(tree) ? tree : {} }];
    }),
  );
}
