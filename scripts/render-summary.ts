/** The job summary's markup as a terminal can show it: headings, tables with aligned columns, paragraphs. */
export function renderSummary(markup: string): string {
  const blocks = markup.match(/<(h3|p|li|table)>[\s\S]*?<\/\1>/g) ?? [];
  return blocks.map((block) => (block.startsWith('<table>') ? renderTable(block) : renderText(block))).join('\n');
}

function renderText(block: string): string {
  const text = plain(block);
  if (block.startsWith('<li>')) return `  - ${text}`;
  return block.startsWith('<h3>') ? `\n  ${text}\n  ${'='.repeat(text.length)}` : `  ${text}`;
}

function renderTable(block: string): string {
  // The toolkit does not close an empty cell.
  const rows = (block.match(/<tr>.*?<\/tr>/g) ?? []).map((row) =>
    row
      .split(/<t[hd]>/)
      .slice(1)
      .map(plain),
  );
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => `  | ${row.map((cell, column) => cell.padEnd(width(column))).join(' | ')} |`).join('\n');
}

const plain = (markup: string): string =>
  markup.replace(/<[^>]*>/g, '').replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
