import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { lint } from '../../src/certificate/lint.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';
import { buildPayload } from '../../src/upload/payload.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { PASSWORD } from './form-cases.ts';
import { HOSTILE_INPUTS } from './hostile-inputs.ts';

/** Mebibytes of the heap; without input Node and the sources need 20. */
const HEAP = 64;
/** Milliseconds: ten times what the most expensive file may take. */
const TIMEOUT = 60_000;

interface Ended {
  /** 0, unless an error came out. */
  readonly code: number | null;
  /** Of what ended it otherwise: the timeout, or Node itself. */
  readonly signal: string | null;
  readonly stderr: string;
  readonly outcome: unknown;
}

/** Reads, lints and re-encodes an input in a process of its own, within bounds. */
async function processInput(bytes: Buffer): Promise<Ended> {
  const script = join(import.meta.dirname, 'process-input.ts');
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP}`, script, PASSWORD], {
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(bytes);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const printed = parseJson(stdout);
  return {
    code: child.exitCode,
    signal: child.signalCode,
    stderr,
    outcome: isRecord(printed) ? printed.outcome : undefined,
  };
}

test.concurrent.each(HOSTILE_INPUTS.filter(({ isAtLimit }) => !isAtLimit).map((input) => [input.name, input] as const))(
  '%s ends in words, within bounds',
  async (_, { bytes, says }) => {
    expect(await processInput(bytes)).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      outcome: expect.stringMatching(says),
    });
  },
  TIMEOUT + 10_000,
);

/** Reads, lints and re-encodes; anything but an ActionError is a fault of ours. */
async function survive(bytes: Buffer, password: string): Promise<void> {
  try {
    const input = await readCertificateInput(bytes, password, true);
    for (const { message } of lint(input.leaf, { warningDays: 30, failureDays: 7 }, new Date(0))) {
      expect(message).not.toBe('');
    }
    expect(input.leaf.notAfter.toISOString()).toMatch(/Z$/);
    const { payload } = await buildPayload(input, 'auto');
    if (payload.kind === 'certificate') return;
    const back = await readCertificateInput(payload.pfx, payload.password, true);
    expect(back.leaf.sha256).toBe(input.leaf.sha256);
    expect(input.key && back.key?.equals(input.key)).toBe(true);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
  }
}

test('bytes of any kind end in a certificate or in an ActionError', async () => {
  const encoded = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('base64'));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.from(array)),
        fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.concat([Buffer.of(0x30, 0x80), Buffer.from(array)])),
        fc.string({ unit: 'binary' }).map((string) => Buffer.from(string)),
        encoded.map((body) => Buffer.from(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`)),
        encoded.map((body) => Buffer.from(`-----BEGIN RSA PRIVATE KEY-----${body}-----END RSA PRIVATE KEY-----`)),
      ),
      (bytes) => survive(bytes, PASSWORD),
    ),
    { numRuns: 500 },
  );
});

/** All but those that cost seconds as they are. */
const CHEAP = readdirSync(join(import.meta.dirname, '../fixtures/forms')).filter(
  (name) => !/600000|100000|100001|pk12util|certtool/.test(name),
);
const SEEDS = [
  fixture('signing.cer'),
  ...['signing.key.pem', 'forms/key.pbes2.pem', 'forms/key.traditional.pem', 'forms/key.md5-des.pem'].map((name) =>
    Buffer.from(fixtureText('signing.pem') + fixtureText(name)),
  ),
  ...CHEAP.map((name) => fixture(`forms/${name}`)),
];
/** Here a change reaches what no MAC protects: the bags and their attributes. */
const UNPROTECTED = ['in-clear-no-mac', 'no-mac', 'old-no-mac'].map((name) => fixture(`forms/${name}.pfx`));

test.each([
  ['any fixture', SEEDS],
  ['a PFX without a MAC', UNPROTECTED],
])('a changed byte or a lost end of %s ends in a certificate or in an ActionError', async (_, seeds) => {
  const change = fc.record({ at: fc.nat(5000), to: fc.integer({ min: 0, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(5000), { freq: 2 }),
      (seed, changes, end) => {
        const bytes = Buffer.from(seed.subarray(0, end ?? seed.length));
        for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to;
        return survive(bytes, PASSWORD);
      },
    ),
    { numRuns: 500 },
  );
});
