import { summary } from '@actions/core';
import { harmlessCell, harmlessHtml } from './harmless.ts';
import { log } from './log.ts';

/** A cell is untrusted text, unless it says that it is markup of ours. */
export type Cell = string | { readonly html: string };

const html = (cell: Cell): string => (typeof cell === 'string' ? harmlessCell(cell) : cell.html);

/** Untrusted text in the typeface of code, where mentions and links stay text. */
export const code = (text: string): Cell => (text === '' ? '' : { html: `<code>${harmlessCell(text)}</code>` });

/** Bytes: above this the runner drops a summary whole. */
const LIMIT = 1024 * 1024;

/** The job summary of a step, built part by part and written once. */
export class Summary {
  #markup = '';

  heading(text: string): this {
    this.#markup += `<h3>${harmlessCell(text)}</h3>\n`;
    return this;
  }

  paragraph(text: string): this {
    this.#markup += `<p>${harmlessHtml(text)}</p>\n`;
    return this;
  }

  list(items: readonly string[]): this {
    this.#markup += `<ul>\n${items.map((item) => `<li>${harmlessHtml(item)}</li>`).join('\n')}\n</ul>\n`;
    return this;
  }

  table(head: readonly string[], rows: readonly (readonly Cell[])[]): this {
    const row = (cells: readonly Cell[], tag: 'th' | 'td'): string =>
      `<tr>${cells.map((cell) => `<${tag}>${html(cell)}</${tag}>`).join('')}</tr>`;
    const body = [row(head, 'th'), ...rows.map((cells) => row(cells, 'td'))];
    this.#markup += `<table>\n${body.join('\n')}\n</table>\n`;
    return this;
  }

  /** A diagram in Mermaid's language, made of our own words and of what `harmlessWord` let through. */
  diagram(lines: readonly string[]): this {
    this.#markup += `\n\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n\n`;
    return this;
  }

  /** A summary is a convenience: without a place for it (old GitHub Enterprise Server), or when it is too long, the step goes on. */
  async write(): Promise<void> {
    if (Buffer.byteLength(this.#markup) > LIMIT) {
      log.notice('The job summary is left out: it would be longer than GitHub takes.');
      return;
    }
    try {
      await summary.addRaw(this.#markup).write();
    } catch {
      log.debug('There is no place for a job summary.');
    }
  }
}
