import { formsOf, linesOf } from './masker.ts';
import type { PrintedLine } from './step-log.ts';

/** A value that must not be seen, and how a report may call it without showing it. */
export interface Secret {
  label: string;
  value: string;
}

/** Something that can be seen, and where. */
export interface Place {
  name: string;
  text: string;
}

/** Shorter lines and derived forms occur by chance. */
const SIGNIFICANT_CHARACTERS = 8;

/** The first and last line of a PEM block are the same in every one. */
const PEM_BOUNDARY = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/**
 * Looks for secrets, each whole, in its derived forms, and line by line.
 * @param open values that may be seen though they are part of a secret, such as a public certificate
 * @returns one sentence for each secret and place, which shows at most three characters of the secret
 */
export function findLeaks(secrets: readonly Secret[], places: readonly Place[], open: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const traces = tracesOf(secret.value, open);
    return places
      .filter(({ text }) => traces.some((trace) => text.includes(trace)))
      .map(({ name }) => `${describe(secret)} is in ${name}.`);
  });
}

/**
 * Looks for values that were printed before the `add-mask` that hides them.
 * @returns one sentence for each such value and line
 */
export function findLateMasks(lines: readonly PrintedLine[], open: readonly string[]): string[] {
  return lines.flatMap(({ command }, index) => {
    const value = command?.name === 'add-mask' ? command.data : '';
    if (value.length < SIGNIFICANT_CHARACTERS) return [];
    return findLeaks([{ label: 'a value masked later', value }], printedPlaces(lines.slice(0, index)), open);
  });
}

/** @returns the lines that a step printed, as they are and unescaped, without the `add-mask` commands */
export function printedPlaces(lines: readonly PrintedLine[]): Place[] {
  return lines.flatMap(({ stream, text, command }, index) => {
    if (command?.name === 'add-mask') return [];
    const unescaped = command === undefined ? [] : [command.data, ...Object.values(command.properties)];
    return { name: `${stream} (line ${index + 1} of the output)`, text: [text, ...unescaped].join('\n') };
  });
}

function tracesOf(value: string, open: readonly string[]): string[] {
  const isOpen = (part: string): boolean => open.some((text) => text.includes(part));
  const whole = isOpen(value) || value.trim() === '' ? [] : [value, ...formsOf(value).filter(isSignificant)];
  const lines = linesOf(value).filter((line) => isSignificant(line) && !PEM_BOUNDARY.test(line) && !isOpen(line));
  return [...new Set([...whole, ...lines])];
}

const isSignificant = (text: string): boolean => text.length >= SIGNIFICANT_CHARACTERS;

const describe = ({ label, value }: Secret): string =>
  `${label} (${value.length} characters, begins ${JSON.stringify(value.slice(0, value.length < SIGNIFICANT_CHARACTERS ? 0 : 3))})`;
