import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeCell, escapeHtml, sanitizeLine, sanitizeMermaidId } from '../../src/runner/sanitize.ts';
import { COMMAND_NAMES, parseCommand } from '../harness/commands.ts';

/** Texts full of what commands, terminals and markup are made of. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(...COMMAND_NAMES),
      fc.constantFrom('::', ':', '##[', '##', '#', '[', ']', ' ', '%0A', '%0D', '%25', '\r', '\n', '\u2028', '\u2029'),
      fc.constantFrom('\u001b[31m', '\u009b', '\u202e', '\u2066', '\u200b', '\ufeff', '\u00ad', '\u{e0001}', '\0'),
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        "'",
        '|',
        '<script>',
        '</td>',
        '&lt;',
        '`',
        '@octocat',
        '\ud800',
        '\udc00',
        '🔑',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** What the runner makes of a text: any line of it, as it is and with its escapes undone. */
const commandsIn = (text: string): unknown[] =>
  [text, text.replaceAll('%0A', '\n').replaceAll('%0D', '\r')]
    .flatMap((one) => one.split(/\r\n|[\r\n]/))
    .flatMap((line) => parseCommand(line, COMMAND_NAMES) ?? []);

describe('a sanitized line', () => {
  test('is no workflow command, whatever it was', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(commandsIn(sanitizeLine(text))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  test('is one line without control, bidirectional and invisible characters, and well formed', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 1, max: 60 }), (text, length) => {
        const shown = sanitizeLine(text, length);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(length);
      }),
      { numRuns: 2000 },
    );
  });

  test('that was safe stays what it is', () => {
    const text = 'Reading the keyset B2C_1A_Grüße failed: HTTP 404 AADB2C90073, key AB:CD:01 (“café”), 100 % # [x] 🔑';
    expect(sanitizeLine(text)).toBe(text);
  });

  test.each([
    ['::error::owned', ': : error: : owned'],
    ['  ::add-mask::1', '  : : add-mask::1'],
    ['##[group]x', '# # [group]x'],
    ['a\r\n::stop-commands::x', 'a : : stop-commands: : x'],
    ['\u001b[31mred\u001b[0m', ' [31mred [0m'],
    ['a\u202eb', 'a b'],
    ['\ud800', '\ufffd'],
  ])('%j becomes %j', (text, expected) => {
    expect(sanitizeLine(text)).toBe(expected);
  });

  test('is cut at 4,000 characters, a megabyte too', () => {
    const shown = sanitizeLine('a'.repeat(1_000_000));
    expect(shown).toHaveLength(4000);
    expect(shown.at(-1)).toBe('…');
    expect(sanitizeLine('b'.repeat(4000))).toBe('b'.repeat(4000));
  });
});

describe('in the summary', () => {
  test('no text is markup, breaks a table or a line', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        for (const shown of [escapeHtml(text), escapeCell(text)]) {
          expect(shown).not.toMatch(/[<>"'|\n]/);
          expect(shown.replaceAll(/&#\d+;/g, '')).not.toContain('&');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a reader sees what was written', () => {
    expect(escapeCell(`<b a="1">'|&amp;`)).toBe('&#60;b a=&#34;1&#34;&#62;&#39;&#124;&#38;amp;');
  });

  test('a cell has 200 characters at most', () => {
    expect(escapeCell('<'.repeat(500))).toBe(`${'&#60;'.repeat(199)}…`);
  });

  test('a word of a diagram is made of letters, digits, underscores and dashes', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(sanitizeMermaidId(text)).toMatch(/^[A-Za-z0-9_-]{0,60}$/);
      }),
    );
    expect(sanitizeMermaidId('B2C_1A_Signing')).toBe('B2C_1A_Signing');
  });
});
