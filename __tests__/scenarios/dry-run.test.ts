import { expect, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const READER = { app: { roles: ['TrustFrameworkKeySet.Read.All' as const] } };
const dry = { 'dry-run': 'true' };

test('a dry run needs the permission to read alone, and says what would happen', async () => {
  await scenario(READER, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('other.pem'));
    const { result, outputs, log, summary } = await run(dry);
    expect(result).toBe('success');
    expect(outputs).toMatchObject({
      outcome: 'would-upload',
      changed: 'false',
      'keyset-created': 'false',
      kid: '',
      status: '',
      active: 'false',
      'active-kid': keyset.keys[0]?.kid,
      expiry: '2046-11-18T16:13:07Z',
    });
    expect(log).toContain('Dry run: no changes were made.');
    expect(summary).toContain('Dry run: the certificate would be uploaded: B2C_1A_Signing');
    expect(keyset.keys).toHaveLength(1);
    expect(requests()).toBe(4);
  });
});

test('a dry run finds a certificate that is present', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    expect((await run(dry)).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
  });
});

test('a missing keyset fails a dry run, unless it would be created', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    for (const id of ['B2C_1A_Signin', 'B2C_1A_Encryption', 'B2C_1A_Signing.bak']) emulator.seed(id);
    const missing = await run(dry);
    expect(missing.exitCode).toBe(1);
    expect(missing.log).toContain('does not exist in this tenant. Did you mean B2C_1A_Signin, B2C_1A_Encryption?');
    expect(missing.log).not.toContain('.bak');

    const created = await run({ ...dry, 'create-keyset': 'true' });
    expect(created.result).toBe('success');
    expect(created.outputs).toMatchObject({ outcome: 'would-upload', changed: 'false', 'keyset-created': 'false' });
    expect(Date.parse(created.outputs['takes-over-at'] ?? '')).toBeLessThanOrEqual(Date.now());
    expect([...emulator.tenant.keysets.keys()]).not.toContain('B2C_1A_Signing');
  });
});

test('a missing keyset is an error without suggestions where the list cannot be had', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.faults.inject({ at: 'list', kind: 'status', status: 403 });
    const { exitCode, log } = await run(dry);
    expect(exitCode).toBe(1);
    expect(log).toContain('The keyset B2C_1A_Signing does not exist in this tenant.');
    expect(log).not.toContain('Did you mean');
  });
});
