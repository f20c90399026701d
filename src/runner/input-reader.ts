import { getInput, getMultilineInput, type InputOptions } from '@actions/core';
import { ActionError } from '../shared/action-error.ts';
import { mask } from './log.ts';

/** Members that can each be missing because their input was invalid, and the same members once none is. */
type Complete<T> = { readonly [Member in keyof T]: Exclude<T[Member], undefined> };

/** Characters: no word that an input accepts is as long. */
const MAX_REPEATED_LENGTH = 30;

/** Reads the step's inputs and collects what is wrong with them, so that a user fixes all of them at once. */
export class InputReader {
  readonly #errors: { readonly name: string; readonly error: ActionError }[] = [];

  /** The text without surrounding white space; `''` where it was not given. */
  text(name: string): string {
    return getInput(name);
  }

  /** The same for a secret, which is masked. */
  secret(name: string, options?: InputOptions): string {
    const secret = getInput(name, options);
    mask(secret);
    return secret;
  }

  /** A text that must be given and that `parse` accepts; what `parse` throws becomes an error of this input. */
  required<T>(name: string, parse: (text: string) => T): T | undefined {
    return this.#attempt(name, () => {
      const text = this.text(name);
      if (text === '') throw invalid('required but empty (an undefined secret is also empty)');
      return parse(text);
    });
  }

  /** The same for an asynchronous parser, which reads the input itself. */
  async parse<T>(name: string, parse: () => Promise<T>): Promise<T | undefined> {
    return await parse().catch((error: unknown) => {
      this.#collect(name, error);
      return undefined;
    });
  }

  /** What `parse` makes of each line that is not empty; what it throws becomes an error of this input. */
  optionalLines<T>(name: string, parse: (line: string) => T): T[] | undefined {
    const lines = getMultilineInput(name).filter((line) => line !== '');
    return this.#attempt(name, () => lines.map(parse));
  }

  /** `true` or `false` as YAML 1.2 spells them; an empty input is the default, here and below: a reusable workflow passes it on. */
  boolean(name: string, fallback: boolean): boolean {
    const text = this.#matching(name, /^(true|True|TRUE|false|False|FALSE)?$/, 'true or false');
    return text === '' ? fallback : text.toLowerCase() === 'true';
  }

  /** A whole number of days from 0. */
  days(name: string, fallback: number): number {
    const text = this.#matching(name, /^\d{0,5}$/, 'a whole number of days from 0 to 99999');
    return text === '' ? fallback : Number(text);
  }

  /** One of a closed set of words. */
  oneOf<const T extends string>(name: string, words: readonly T[], fallback: NoInfer<T>): T | undefined {
    const text = this.text(name) || fallback;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) this.#unexpected(name, `one of ${words.join(', ')}`, text);
    return word;
  }

  /** Notes what is wrong with an input. */
  addError(name: string, what: string): void {
    this.#errors.push({ name, error: invalid(what) });
  }

  /**
   * The values that were read, once no input is invalid.
   *
   * @throws ActionError with everything that was wrong; a single error keeps its own remediation
   */
  validate<T extends object>(values: T): Complete<T> {
    if (this.#errors.length === 0 && isComplete(values)) return values;
    const [first, ...others] = this.#errors;
    if (first && others.length === 0)
      throw new ActionError(`Input ${first.name}: ${first.error.message}`, first.error.remediation);
    const details = this.#errors.flatMap(({ name, error: { message, remediation } }) => [
      `- ${name}: ${message}`,
      ...(remediation.fix === undefined ? [] : [`  Fix: ${remediation.fix}`]),
    ]);
    throw new ActionError(`${this.#errors.length} invalid inputs:`, { anchor: 'input', details });
  }

  #matching(name: string, pattern: RegExp, expected: string): string {
    const text = this.text(name);
    if (!pattern.test(text)) this.#unexpected(name, expected, text);
    return text;
  }

  #unexpected(name: string, expected: string, actual: string): void {
    // Anything longer is not repeated: it may be a private key in the wrong input.
    const got = actual.length > MAX_REPEATED_LENGTH ? `${actual.length} characters` : JSON.stringify(actual);
    this.addError(name, `expected ${expected}, got ${got}`);
  }

  #attempt<T>(name: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      this.#collect(name, error);
      return undefined;
    }
  }

  #collect(name: string, error: unknown): void {
    if (!(error instanceof ActionError)) throw error;
    this.#errors.push({ name, error });
  }
}

const invalid = (what: string): ActionError => new ActionError(what, { anchor: 'input' });

const isComplete = <T extends object>(values: T): values is T & Complete<T> =>
  Object.values(values).every((value) => value !== undefined);
