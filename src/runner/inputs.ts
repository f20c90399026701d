import { getInput } from '@actions/core';
import { ActionError } from '../shared/action-error.ts';

/**
 * Reads the step's inputs and collects what is wrong with them, so that a user mends all of it at once.
 * Nothing else reads an input.
 */
export class Inputs {
  readonly #problems: { readonly name: string; readonly problem: ActionError }[] = [];

  /** The text without surrounding white space; `''` when it was not given. */
  text(name: string): string {
    return getInput(name);
  }

  /** The text as it was given: a password may begin or end with a space. */
  verbatim(name: string): string {
    return getInput(name, { trimWhitespace: false });
  }

  /** A text that must be given and that `parse` accepts; what `parse` throws becomes a problem of this input. */
  required<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.text(name);
    try {
      if (text === '')
        throw wrong('it is required, and empty or missing here (a secret that does not exist is empty too)');
      return parse(text);
    } catch (error) {
      this.#collect(name, error);
      return undefined;
    }
  }

  /** The same for something that takes its time. */
  async parse<T>(name: string, parse: () => Promise<T>): Promise<T | undefined> {
    try {
      return await parse();
    } catch (error) {
      this.#collect(name, error);
      return undefined;
    }
  }

  /** `true` or `false` as YAML 1.2 spells them. */
  flag(name: string): boolean {
    const text = this.#matching(name, /^(true|True|TRUE|false|False|FALSE)$/, 'true or false');
    return text.toLowerCase() === 'true';
  }

  /** Whole days from 0. */
  days(name: string): number {
    return Number(this.#matching(name, /^\d{1,5}$/, 'a whole number of days from 0 to 99999'));
  }

  /** One of a closed set of words. */
  choice<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    const word = words.find((one) => one === text);
    if (word === undefined) this.#unexpected(name, `one of ${words.join(', ')}`, text);
    return word;
  }

  /** Notes what is wrong with an input. */
  complain(name: string, problem: ActionError): void {
    this.#problems.push({ name, problem });
  }

  /**
   * The values that were read, once nothing was wrong with any input.
   *
   * @throws ActionError that tells everything that was wrong; a single one with its own remediation
   */
  complete<T extends object>(values: Perhaps<T>): T {
    if (this.#problems.length > 0 || !isComplete<T>(values)) throw this.#summary();
    return values;
  }

  #summary(): ActionError {
    const [first, ...others] = this.#problems;
    if (first && others.length === 0)
      return new ActionError(`Input ${first.name}: ${first.problem.message}`, first.problem.remediation);
    const details = this.#problems.flatMap(({ name, problem: { message, remediation } }) => [
      `- ${name}: ${message}`,
      ...(remediation.fix === undefined ? [] : [`  Fix: ${remediation.fix}`]),
    ]);
    return new ActionError(`${this.#problems.length} inputs need a hand:`, { anchor: 'input', details });
  }

  #matching(name: string, pattern: RegExp, expected: string): string {
    const text = this.text(name);
    if (!pattern.test(text)) this.#unexpected(name, expected, text);
    return text;
  }

  #unexpected(name: string, expected: string, came: string): void {
    this.complain(name, wrong(`expected ${expected}; got ${JSON.stringify(came)}`));
  }

  #collect(name: string, error: unknown): void {
    if (!(error instanceof ActionError)) throw error;
    this.complain(name, error);
  }
}

const wrong = (what: string): ActionError => new ActionError(what, { anchor: 'input' });

/** Members that can each be missing. */
type Perhaps<T> = { readonly [Member in keyof T]: T[Member] | undefined };

const isComplete = <T extends object>(values: Perhaps<T>): values is T =>
  Object.values(values).every((value) => value !== undefined);
