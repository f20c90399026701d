/** Characters: GitHub cuts an annotation at 4096. */
export const MESSAGE_LENGTH = 4000;
/** Characters of one cell of a table. */
const CELL_LENGTH = 200;

/** Control characters (ANSI escapes begin with one), line separators, and the invisible ones that reorder text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Makes a text from outside fit to be printed: one line, no control characters, cut, and nothing in it that the runner would
 * take for a command. The runner reads `::name::` at the start of a line and `##[name]` anywhere in one.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function harmless(text: string, length = MESSAGE_LENGTH): string {
  // Cut first and again: what is a megabyte long needs no replacing in full.
  const line = text
    .slice(0, length * 2)
    .toWellFormed()
    .replace(UNPRINTABLE, ' ')
    .trimEnd();
  const quiet = line.replace(/##(?=\[)/g, '# # ').replace(/::(?=[A-Za-z])/g, ': : ');
  return quiet.length > length ? `${quiet.slice(0, length - 1).toWellFormed()}…` : quiet;
}

/**
 * The same for the job summary: HTML that shows the text and is never markup. Mentions and links stay text where it stands
 * in `<code>`.
 */
export function harmlessHtml(text: string, length = MESSAGE_LENGTH): string {
  return harmless(text, length).replace(/[&<>"'|]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The same for one cell of a table: 200 characters at most. */
export const harmlessCell = (text: string): string => harmlessHtml(text, CELL_LENGTH);

/** The same for a diagram: letters, digits, `_` and `-`, at most 60 of them. */
export const harmlessWord = (text: string): string => text.slice(0, 60).replace(/[^A-Za-z0-9_-]+/g, '-');
