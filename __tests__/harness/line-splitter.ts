/**
 * Splits a stream of text into lines as .NET's StreamReader does, which the runner uses: CR LF, LF and a single CR each end a
 * line. A single CR matters: what follows it starts a line, and so can start a command.
 */
export class LineSplitter {
  #rest = '';

  /** @returns the lines that this piece completes. A CR at its end is kept for the LF that may follow. */
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
