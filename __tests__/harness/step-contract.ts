import { findLateMasks, findLeaks, printedPlaces } from './leaks.ts';
import type { Place, Secret } from './leaks.ts';
import { Masker } from './masker.ts';
import type { PrintedLine } from './step-log.ts';
import type { StepResult } from './step.ts';

/** What is known about a finished step. */
export interface Evidence {
  result: StepResult;
  /** every line of both streams, in the order in which they came */
  lines: readonly PrintedLine[];
  files: readonly Place[];
  declaredOutputs: readonly string[];
  secrets: readonly string[];
  forbidden: readonly string[];
  publicSecrets: readonly string[];
}

/**
 * The rules that apply to every step: no secret is seen anywhere, a mask precedes the value, every output is declared, and a
 * step that succeeds writes nothing to stderr (a deprecation warning of Node's, for example).
 * @returns one sentence for each violation, none of which shows a secret
 */
export function checkContract(evidence: Evidence): string[] {
  const { result, lines, declaredOutputs, publicSecrets } = evidence;
  const secrets = [...labelled('secret', evidence.secrets), ...labelled('forbidden text', evidence.forbidden)];
  return [
    ...Object.keys(result.outputs)
      .filter((name) => !declaredOutputs.includes(name))
      .map((name) => `The output ${name} is not declared in action.yml.`),
    ...(result.result === 'success' && result.stderr !== ''
      ? [`The step succeeded but wrote to stderr:\n${withoutSecrets(result.stderr, secrets)}`]
      : []),
    ...findLeaks(secrets, [...placesOf(result), ...printedPlaces(lines), ...evidence.files], publicSecrets),
    ...findLateMasks(lines, publicSecrets),
  ];
}

function placesOf(result: StepResult): Place[] {
  const record = (name: string, values: Record<string, string>): Place[] =>
    Object.entries(values).map(([key, value]) => ({ name: `${name} ${key}`, text: value }));
  return [
    { name: 'the log', text: result.log },
    { name: 'the job summary', text: result.summary },
    ...result.annotations.map(({ level, title = '', message }) => ({
      name: `an annotation (${level})`,
      text: `${title}\n${message}`,
    })),
    ...record('the output', result.outputs),
    ...record('the state', result.state),
    ...record('the exported variable', result.exported),
  ];
}

const labelled = (kind: string, values: readonly string[]): Secret[] =>
  values.map((value, index) => ({ label: `${kind} ${index + 1}`, value }));

function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const masker = new Masker();
  for (const { value } of secrets) masker.add(value);
  return masker.mask(text);
}
