import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { isRecord } from '../../src/shared/json.ts';

/** What expressions can speak of: `github`, `vars`, `steps` and so on. */
export type Contexts = Readonly<Record<string, unknown>>;

/** @see https://docs.github.com/actions/reference/workflows-and-actions/expressions#status-check-functions */
function statusFunctions(
  failed: boolean,
): Map<string, { name: string; minArgs: number; maxArgs: number; call: () => data.BooleanData }> {
  const answers = { success: !failed, failure: failed, always: true, cancelled: false };
  return new Map(
    Object.entries(answers).map(([name, answer]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) },
    ]),
  );
}

/**
 * Evaluates every expression within a part of a workflow.
 *
 * @param node - a value of the tree that `readAsGitHub` gives
 * @param failed - what `success()` and `failure()` answer by: whether anything failed before
 * @returns the same with values in the place of expressions
 * @throws Error when an expression cannot be parsed, or names a context that is not there
 */
export function evaluate(node: unknown, contexts: Contexts, failed = false): unknown {
  if (Array.isArray(node)) return node.map((item) => evaluate(item, contexts, failed));
  if (!isRecord(node)) return node;
  if (typeof node.expression === 'string') return evaluateExpression(node.expression, contexts, failed);
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, evaluate(value, contexts, failed)]));
}

function evaluateExpression(expression: string, contexts: Contexts, failed: boolean): unknown {
  const functions = statusFunctions(failed);
  const parser = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), [...functions.values()]);
  const dictionary: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(dictionary instanceof data.Dictionary)) throw new Error('The contexts are no dictionary.');
  const value = new Evaluator(parser.parse(), dictionary, functions).evaluate();
  const plain: unknown = JSON.parse(JSON.stringify(value, data.replacer));
  return plain;
}
