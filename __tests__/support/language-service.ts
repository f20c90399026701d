// GitHub's language service, in a process of its own: its packages import JSON without an import attribute, which Node allows only
// where a hook adds it. Reads files as a JSON object, contents by path, from standard input; prints what it finds in each.
import { registerHooks } from 'node:module';
import { json } from 'node:stream/consumers';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { isRecord } from '../../src/shared/json.ts';

registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { validate } = await import('@actions/languageservice');

const files = await json(process.stdin);
const findings: Record<string, object[]> = {};
for (const [path, content] of Object.entries(isRecord(files) ? files : {})) {
  const diagnostics = await validate(TextDocument.create(`file:///${path}`, 'yaml', 1, String(content)));
  findings[path] = diagnostics.map(({ message, range }) => ({ line: range.start.line + 1, message }));
}
process.stdout.write(JSON.stringify(findings));
