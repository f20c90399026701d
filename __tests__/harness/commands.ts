/** A workflow command as the runner reads it from a line: the name in lower case, properties and data unescaped. */
export interface Command {
  name: string;
  properties: Record<string, string>;
  data: string;
  form: 'v1' | 'v2';
}

/** The commands that the runner has registered. Any other name makes the line plain text. */
export const COMMAND_NAMES: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * Reads one line of output as the runner does (actions/runner, ActionCommand.cs).
 * @param line one line, without its end
 * @param names the names that count as commands, in lower case
 * @returns the command: `::name k=v,k=v::data` after leading white space, else `##[name k=v;k=v]data` anywhere in the
 *   line; undefined when the line is plain text
 */
export function parseCommand(line: string, names: ReadonlySet<string>): Command | undefined {
  return parseV2(line, names) ?? parseV1(line, names);
}

function parseV2(line: string, names: ReadonlySet<string>): Command | undefined {
  const text = line.trimStart();
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return undefined;
  return command('v2', text.slice(2, end), unescapeV2Data(text.slice(end + 2)), names);
}

function parseV1(line: string, names: ReadonlySet<string>): Command | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  return command('v1', line.slice(start + 3, end), unescapeV1(line.slice(end + 1)), names);
}

function command(form: Command['form'], head: string, data: string, names: ReadonlySet<string>): Command | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!names.has(name)) return undefined;
  const properties: Record<string, string> = {};
  for (const property of space < 0
    ? []
    : head
        .slice(space)
        .trim()
        .split(form === 'v2' ? ',' : ';')) {
    const equals = property.indexOf('=');
    if (equals < 0) continue;
    const value = property.slice(equals + 1);
    properties[property.slice(0, equals)] = form === 'v2' ? unescapeV2Property(value) : unescapeV1(value);
  }
  return { name, properties, data, form };
}

const unescapeV2Data = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

const unescapeV2Property = (text: string): string =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');

const unescapeV1 = (text: string): string =>
  text.replaceAll('%3B', ';').replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%5D', ']');
