import { expect, test } from '@jest/globals';
import type { Step } from '../../emulator/index.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const BODIES: [what: string, body: unknown][] = [
  ['null', null],
  ['a list', []],
  ['an object of another kind', { value: 7, keys: 'none' }],
];
const STEPS: Step[] = ['oidc', 'token', 'keyset', 'active', 'create', 'upload'];

test.concurrent.each(BODIES)('a success that contains %s is none, and is requested again', async (_, body) => {
  await scenario({}, async ({ emulator, run }) => {
    for (const at of STEPS) emulator.faults.inject({ at, kind: 'garbage', body });
    const { result, outputs } = await run({ 'create-keyset': 'true' });
    expect(result).toBe('success');
    expect(outputs).toMatchObject({ outcome: 'uploaded', 'keyset-created': 'true' });
    expect(emulator.tenant.keysets.get('B2C_1A_Signing')?.keys).toHaveLength(1);
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

test('a keyset whose keys are null has none', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const body = JSON.stringify({ id: 'B2C_1A_Signing', keys: null });
    emulator.faults.inject({ at: 'keyset', kind: 'status', status: 200, body });
    const { outputs, log } = await run({}, { debug: true });
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    expect(log).not.toContain('retrying');
  });
});

test('responses that are wrapped in `value`, or begin with a byte order mark, are understood', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const body = (at: Step, value: unknown): void => {
      emulator.faults.inject({ at, kind: 'status', status: 200, body: `\ufeff${JSON.stringify({ value })}` });
    };
    body('keyset', { id: 'B2C_1A_Signing', keys: keyset.keys });
    body('active', keyset.keys[0]);
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'already-present', active: 'true', kid: keyset.keys[0]?.kid });
    expect(requests()).toBe(4);
  });
});
