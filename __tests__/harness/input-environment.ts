import type { Manifest } from './manifest.ts';

/** What the runner makes of a `with:` block: the environment of the inputs, and its warnings. */
export interface InputEnvironment {
  environment: Record<string, string>;
  warnings: string[];
}

/**
 * Maps inputs to `INPUT_…` variables (actions/runner, ActionRunner.cs and Handler.cs): every declared input is set, to
 * the `with` value, its default or the empty string; nothing is trimmed, `required` is not enforced, an undeclared input is
 * passed on with a warning.
 * @param githubToken the value of `${{ github.token }}` in a default
 * @throws Error on any other expression in a default
 */
export function inputEnvironment(
  manifest: Manifest,
  given: Record<string, string>,
  githubToken: string,
): InputEnvironment {
  const environment: Record<string, string> = {};
  const warnings: string[] = [];
  for (const input of manifest.inputs) {
    environment[variableOf(input.name)] = evaluateDefault(input.default, githubToken);
  }
  const declared = new Map(manifest.inputs.map((input) => [input.name.toLowerCase(), input]));
  const unexpected: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    environment[variableOf(name)] = value;
    const input = declared.get(name.toLowerCase());
    if (input === undefined) unexpected.push(name);
    else if (input.deprecationMessage !== undefined) {
      warnings.push(`Input '${name}' has been deprecated with message: ${input.deprecationMessage}`);
    }
  }
  if (unexpected.length > 0) {
    warnings.push(
      `Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${quoted(manifest.inputs.map(({ name }) => name))}]`,
    );
  }
  return { environment, warnings };
}

const variableOf = (input: string): string => `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`;

const quoted = (names: string[]): string => names.map((name) => `'${name}'`).join(', ');

function evaluateDefault(value: string, githubToken: string): string {
  const evaluated = value.replace(/\$\{\{\s*github\.token\s*\}\}/g, () => githubToken);
  if (evaluated.includes('${{')) throw new Error(`The harness cannot evaluate the default ${value}`);
  return evaluated;
}
