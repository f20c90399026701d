import * as core from '@actions/core';
import { harmless, MESSAGE_LENGTH } from './harmless.ts';
import { withoutSecrets } from './secrets.ts';

/** The only ways to print. Each takes one line, made harmless whatever it holds. */
export const log = {
  info: (line: string): void => {
    core.info(printable(line));
  },
  /** Shown when the job runs with debug logging (RUNNER_DEBUG). */
  debug: (line: string): void => {
    core.debug(printable(line));
  },
  notice: (line: string): void => {
    core.notice(printable(line), TITLE);
  },
  warning: (line: string): void => {
    core.warning(printable(line), TITLE);
  },
  /** One annotation of several lines. Each is cut for itself too, so that a long one cannot push out the remediation after it. */
  error: (lines: readonly string[]): void => {
    const text = lines.map((line) => printable(line, ERROR_LINE)).join('\n');
    core.error(text.slice(0, MESSAGE_LENGTH).toWellFormed(), TITLE);
  },
};

const printable = (line: string, length?: number): string => harmless(withoutSecrets(line), length);

const TITLE = { title: 'b2c-upload-cert' };
/** Characters: a hostile answer can fill two of the lines of an error, and the remediation has to fit beside them. */
const ERROR_LINE = 1200;
