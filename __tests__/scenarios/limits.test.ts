import { expect, test } from '@jest/globals';
import type { Step } from '../../emulator/index.ts';
import { scenario } from './scenario.ts';

/** Of any response but a list, and of a list. */
const LIMIT = 20_000_000;
const LIST_LIMIT = 60_000_000;
/** Bytes that a connection can be ahead of its reader: buffers of both processes and of the kernel. */
const BUFFERED = 20_000_000;
/** Mebibytes of the heap of a step, which needs 30; a text of 300 MB needs 300. */
const HEAP = ['--max-old-space-size=128'];

const tooLong = (bytes: number): string => `response longer than ${bytes} bytes (`;

test.each<[Step, string]>([
  ['oidc', '#network-invalid-response'],
  ['token', '#network-invalid-response'],
  ['keyset', '#network-invalid-response'],
])('a response at %s that does not end is not read to its end, at five attempts', async (at, anchor) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at, kind: 'padded', bytes: Infinity, times: 9 });
    const { result, log } = await run({}, { execArgv: HEAP });
    expect(result).toBe('failure');
    for (const text of [tooLong(LIMIT), anchor, 'No changes were made.']) expect(log).toContain(text);
    expect(log).not.toMatch(/Unexpected error|cancelled|timed out/);
    expect(requests(at)).toBe(5);
    for (const { step, blanks = 0 } of emulator.requestLog) {
      if (step === at) expect(blanks).toBeGreaterThan(LIMIT / 2);
      expect(blanks).toBeLessThan(LIMIT + BUFFERED);
    }
  });
});

test('a megabyte that expands to a gigabyte is not expanded', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', kind: 'padded', bytes: 1_000_000_000, gzip: true, times: 2 });
    const { outputs, log } = await run({}, { execArgv: HEAP, debug: true });
    expect(outputs.outcome).toBe('uploaded');
    expect(log.split(tooLong(LIMIT))).toHaveLength(1 + 2 * 2);
    expect(log).toMatch(/retrying in \d+ ms: response longer than 20000000 bytes \(graph\.microsoft\.com\)/);
    expect(requests('upload')).toBe(1);
  });
});

test.each([false, true])('the response to an upload that is too long is searched for, compressed: %s', async (gzip) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', kind: 'padded', bytes: 300_000_000, gzip });
    const { result, outputs, log } = await run({}, { execArgv: HEAP });
    expect(result).toBe('success');
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true' });
    expect(log).toContain(`${tooLong(LIMIT)}graph.microsoft.com): the upload may have succeeded`);
    expect([requests('upload'), keyset.keys.length]).toEqual([1, 1]);
  });
});

test('a list may be three times as long, and no longer', async () => {
  await scenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', { kid: 'key', nbf: 1, exp: 4e9 });
    emulator.faults.inject({ at: 'list', kind: 'padded', bytes: LIST_LIMIT - 1_000_000 });
    expect(await check()).toMatchObject({ result: 'success' });
    emulator.faults.inject({ at: 'list', kind: 'padded', bytes: Infinity, times: 5 });
    const { result, log } = await check();
    expect(result).toBe('failure');
    expect(log).toContain(tooLong(LIST_LIMIT));
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

test('an error of nineteen megabytes in one word is an error like any other', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', kind: 'echo', say: () => 'a'.repeat(19_000_000) });
    const { log } = await run({}, { debug: true });
    expect(log).toContain('HTTP 400 BadRequest. Response: [100000 characters omitted]');
    expect(log).toContain('No changes were made.');
    expect(requests('keyset')).toBe(1);
  });
});

test('the IDs of a full tenant are compared with the one that is missing, long ones too', async () => {
  await scenario({}, async ({ emulator, run }) => {
    for (let index = 0; index < 3000; index++) emulator.seed(`B2C_1A_${'ab'.repeat(90)}${index}`);
    for (let index = 0; index < 100; index++) emulator.seed(`B2C_1A_${'Signing'.repeat(20_000)}${index}`);
    emulator.seed('B2C_1A_Signng');
    const { log } = await run();
    expect(log).toContain('The keyset B2C_1A_Signing does not exist in this tenant. Did you mean B2C_1A_Signng, ');
    expect(log.split('\n').every((line) => line.length < 4100)).toBe(true);
  });
});

test('a keyset full of keys is searched for the certificate, before and after the upload', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const n = Buffer.alloc(256, 0xab).toString('base64url');
    const keys = Array.from({ length: 10_000 }, (_, index) => ({
      kid: `${'k'.repeat(200)}${index}`,
      kty: 'RSA',
      n,
      e: 'AQAB',
      nbf: 1,
      exp: 1e9 + index,
    }));
    const keyset = emulator.seed('B2C_1A_Signing', ...keys);
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: 'true', kid: keyset.keys.at(-1)?.kid });
  });
});
