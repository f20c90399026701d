/** Characters: GitHub truncates an annotation at 4096. */
export const MAX_MESSAGE_LENGTH = 4000;
/** Characters of one cell of a table. */
const MAX_CELL_LENGTH = 200;

/** Control characters (ANSI escapes begin with one), line separators, and the invisible ones that reorder text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Makes untrusted text safe to print: one line, no control characters, truncated, and nothing in it that the runner would
 * execute. The runner reads `::name::` at the start of a line and `##[name]` anywhere in one.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function sanitizeLine(text: string, maxLength = MAX_MESSAGE_LENGTH): string {
  // Truncated before and after: the rest of a megabyte need not be searched.
  const line = text
    .slice(0, maxLength * 2)
    .toWellFormed()
    .replace(UNPRINTABLE, ' ')
    .trimEnd();
  const inert = line.replace(/##(?=\[)/g, '# # ').replace(/::(?=[A-Za-z])/g, ': : ');
  return inert.length > maxLength ? `${inert.slice(0, maxLength - 1).toWellFormed()}…` : inert;
}

/** The same for HTML of the job summary. */
export function escapeHtml(text: string, maxLength = MAX_MESSAGE_LENGTH): string {
  return sanitizeLine(text, maxLength).replace(/[&<>"'|]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The same for one cell of a table: at most 200 characters. */
export const escapeCell = (text: string): string => escapeHtml(text, MAX_CELL_LENGTH);

/** The same for a Mermaid diagram: letters, digits, `_` and `-`, at most 60 of them. */
export const sanitizeMermaidId = (text: string): string => text.slice(0, 60).replace(/[^A-Za-z0-9_-]+/g, '-');
