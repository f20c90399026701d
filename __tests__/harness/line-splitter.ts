/**
 * Cuts a stream of text into lines as .NET's StreamReader does, which the runner reads with: CR LF, LF and a CR alone
 * each end a line. A CR alone matters: text behind it starts a line, and so can start a command.
 */
export class LineSplitter {
  #rest = '';

  /** @returns the lines that this piece completes. A CR at its end waits for the LF that may follow. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** @returns the last line, when the stream ended without a line end */
  end(): string[] {
    const last = this.#rest;
    this.#rest = '';
    return last === '' ? [] : [last.replace(/\r$/, '')];
  }
}
