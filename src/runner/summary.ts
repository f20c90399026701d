import { setOutput, summary } from '@actions/core';
import { log } from './log.ts';
import { escapeCell, escapeHtml } from './sanitize.ts';

/** Bytes: the runner drops a larger summary. */
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** A cell is untrusted text, unless it says that it is markup of ours. */
export type Cell = string | { readonly html: string };

/** Untrusted text as code, where mentions and links stay text. */
export const code = (text: string): Cell => (text === '' ? '' : { html: `<code>${escapeCell(text)}</code>` });

const toHtml = (cell: Cell): string => (typeof cell === 'string' ? escapeCell(cell) : cell.html);

/** Sets every output of the step at once, so that a failed step leaves none. */
export function setOutputs(outputs: Readonly<Record<string, string | number | boolean>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}

/** The toolkit's job summary, with every text escaped. */
export const jobSummary = {
  heading: (text: string): void => {
    summary.addHeading(escapeCell(text), 3);
  },
  paragraph: (text: string): void => {
    summary.addRaw(`<p>${escapeHtml(text)}</p>\n`);
  },
  list: (items: readonly string[]): void => {
    summary.addList(items.map((item) => escapeHtml(item)));
  },
  table: (head: readonly string[], rows: readonly (readonly Cell[])[]): void => {
    const header = head.map((text) => ({ data: escapeCell(text), header: true }));
    summary.addTable([header, ...rows.map((row) => row.map(toHtml))]);
  },
  /** A Mermaid diagram, made of our own words and of what `sanitizeMermaidId` let through. */
  diagram: (lines: readonly string[]): void => {
    summary.addRaw(`\n\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n\n`);
  },
  /** Optional: on a runner without summaries (old GitHub Enterprise Server), or when it is too long, the step goes on. */
  write: async (): Promise<void> => {
    if (Buffer.byteLength(summary.stringify()) > MAX_SUMMARY_BYTES) {
      log.notice("Job summary skipped: it exceeds GitHub's limit of 1 MiB.");
      return;
    }
    try {
      await summary.write();
    } catch {
      log.debug('This runner does not support job summaries.');
    }
  },
};
