import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lint } from '../../src/certificate/lint.ts';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { HOSTILE_INPUTS } from './resource-exhaustion.ts';
import { PASSWORD } from './form-cases.ts';

/** What any input may take: milliseconds of one core, and KiB beside ten times its size, which is 1 MiB at the most. */
const MAX_MS = 2000;
const MAX_KIB = (64 + 10) * 1024;

interface Fed {
  readonly results: readonly { readonly outcome: string; readonly milliseconds: number }[];
  readonly kibibytes: number;
}

const isFed = (value: unknown): value is Fed => value instanceof Object && 'results' in value && 'kibibytes' in value;

async function feed(inputs: readonly Buffer[]): Promise<Fed> {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'measure-child.ts'), PASSWORD], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(inputs.map((input) => input.toString('base64'))));
  const fed: unknown = JSON.parse(await text(child.stdout));
  if (!isFed(fed)) throw new Error('measure-child.ts printed something else.');
  return fed;
}

test('what was made to keep a reader busy gets its answer at once, and in little memory', async () => {
  const { results, kibibytes } = await feed(HOSTILE_INPUTS.map(([, bytes]) => Buffer.from(bytes)));
  expect(results).toHaveLength(HOSTILE_INPUTS.length);
  const slow: Buffer[] = [];
  for (const [i, [name, bytes, says]] of HOSTILE_INPUTS.entries()) {
    const { outcome = '', milliseconds = Infinity } = results[i] ?? {};
    expect(`${name}: ${outcome}`).toMatch(says);
    expect(`${name}: ${outcome}`).not.toContain('CRASH');
    if (milliseconds >= MAX_MS) slow.push(Buffer.from(bytes));
  }
  // Neighbours on the same core slow it down: what took too long gets a second try.
  const { results: retried } = await feed(slow);
  expect(retried.filter(({ milliseconds }) => milliseconds >= MAX_MS)).toEqual([]);
  expect(kibibytes).toBeLessThan(MAX_KIB);
}, 120_000);

/** Reads and judges; anything but a ActionError is a fault of ours. */
async function survive(bytes: Buffer, password: string): Promise<void> {
  try {
    const { leaf } = await readCertificateInput(bytes, password, true);
    for (const { message } of lint(leaf, { warningDays: 30, failureDays: 7 }, new Date(0)))
      expect(message).not.toBe('');
    expect(leaf.notAfter.toISOString()).toMatch(/Z$/);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
  }
}

test('bytes of any kind end in a certificate or in a ActionError', async () => {
  const armoured = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('base64'));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.from(array)),
        fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.concat([Buffer.of(0x30, 0x80), Buffer.from(array)])),
        fc.string({ unit: 'binary' }).map((string) => Buffer.from(string)),
        armoured.map((body) => Buffer.from(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`)),
        armoured.map((body) => Buffer.from(`-----BEGIN RSA PRIVATE KEY-----${body}-----END RSA PRIVATE KEY-----`)),
      ),
      (bytes) => survive(bytes, PASSWORD),
    ),
    { numRuns: 500 },
  );
});

const SEEDS = [
  fixture('signing.cer'),
  Buffer.from(fixtureText('signing.pem') + fixtureText('signing.key.pem')),
  Buffer.from(fixtureText('signing.pem') + fixtureText('forms/key.pbes2.pem')),
  ...['default', 'old', 'legacy', 'no-mac', 'in-clear-no-mac'].map((name) => fixture(`forms/${name}.pfx`)),
];

test('a changed byte, a lost end, a doubled part: in no valid file does any of it do requestFault', async () => {
  const change = fc.record({ at: fc.nat(5000), to: fc.integer({ min: 0, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SEEDS),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(5000)),
      (seed, changes, end) => {
        const bytes = Buffer.from(seed.subarray(0, end ?? seed.length));
        for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
        return survive(bytes, PASSWORD);
      },
    ),
    { numRuns: 500 },
  );
});
