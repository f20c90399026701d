import { setOutput, summary } from '@actions/core';
import { ActionError } from '../shared/action-error.ts';
import { isRecord } from '../shared/json.ts';
import { log } from './log.ts';
import { escapeCell, escapeHtml } from './sanitize.ts';
import { type ChartedKeyset, timeline } from './timeline.ts';

/** Bytes: the runner drops a larger summary. */
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** A cell is untrusted text, unless it says that it is markup of ours. */
export type Cell = string | { readonly html: string };

/** Untrusted text as code, where mentions and links stay text. */
export const code = (text: string): Cell => (text === '' ? '' : { html: `<code>${escapeCell(text)}</code>` });

const toHtml = (cell: Cell): string => (typeof cell === 'string' ? escapeCell(cell) : cell.html);

/**
 * Sets every output of the step at once, so that a failed step leaves none.
 *
 * @throws ActionError when the runner's file cannot be written
 */
export function setOutputs(outputs: Readonly<Record<string, string | number | boolean>>): void {
  try {
    for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  } catch (error) {
    throw new ActionError(`The outputs of the step could not be written (${reasonOf(error)})`, {
      anchor: 'outputs',
      cause: 'The file set in GITHUB_OUTPUT is missing, or the disk of the runner is full.',
      fix: 'Free disk space on the runner and run again. The result is in the log above.',
    });
  }
}

const reasonOf = (error: unknown): string =>
  isRecord(error) && typeof error.code === 'string' ? error.code : 'missing file';

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
  /** A chart with its legend, or none without a keyset. Its texts are our own, or sanitized for Mermaid. */
  timeline: (keysets: readonly ChartedKeyset[], now: Date): void => {
    if (keysets.length === 0) return;
    summary.addRaw(`\n\`\`\`mermaid\n${timeline(keysets, now).join('\n')}\n\`\`\`\n\n`);
    jobSummary.paragraph('The red line is today.');
  },
  /** Optional: on a runner without summaries (old GitHub Enterprise Server), or when it is too long, the step goes on. */
  write: async (): Promise<void> => {
    if (Buffer.byteLength(summary.stringify()) > MAX_SUMMARY_BYTES) {
      log.notice("Job summary skipped: it exceeds GitHub's limit of 1 MiB.");
      return;
    }
    try {
      await summary.write();
    } catch (error) {
      if (process.env.GITHUB_STEP_SUMMARY) log.notice(`The job summary could not be written (${reasonOf(error)}).`);
      else log.debug('This runner does not support job summaries.');
    }
  },
};
