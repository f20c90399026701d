// GitHub's own parser and language service, in a process of their own: they import JSON without an import attribute, which Node
// allows only where a hook adds it. Takes texts by file name on standard input, and prints what GitHub makes of each.
import { registerHooks } from 'node:module';
import { json } from 'node:stream/consumers';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { isRecord } from '../../src/shared/json.ts';

registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { isBasicExpression, isLiteral, isMapping, isSequence, NoOperationTraceWriter, parseWorkflow } =
  await import('@actions/workflow-parser');
const { convertToIfCondition } = await import('@actions/workflow-parser/model/converter/if-condition');
const { validate } = await import('@actions/languageservice');

/** The tree of a workflow as plain JSON; each expression becomes an object with the one member `expression`. */
function readTree(name: string, content: string): unknown {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const plain = (token: TemplateToken): unknown => {
    if (isBasicExpression(token)) return { expression: token.expression };
    if (isSequence(token)) return Array.from(token, plain);
    if (isLiteral(token)) return token.toJSON();
    if (!isMapping(token)) throw new Error(`${name}: a token of type ${token.templateTokenType} is not understood.`);
    return Object.fromEntries(
      Array.from(token, ({ key, value: member }) => {
        const condition = key.toString() === 'if' ? convertToIfCondition(context, member) : undefined;
        return [key.toString(), plain(condition ?? member)];
      }),
    );
  };
  return value === undefined ? null : plain(value);
}

const answers: Record<string, object> = {};
const given = await json(process.stdin);
for (const [name, text] of Object.entries(isRecord(given) ? given : {})) {
  const content = String(text);
  const diagnostics = await validate(TextDocument.create(`file:///${name}`, 'yaml', 1, content));
  answers[name] = {
    findings: diagnostics.map(({ message, range }) => ({ line: range.start.line + 1, message })),
    tree: readTree(name, content),
  };
}
process.stdout.write(JSON.stringify(answers));
