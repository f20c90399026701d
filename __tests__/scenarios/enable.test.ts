import { expect, test } from '@jest/globals';
import { certificateKey, type EmulatorOptions } from '../../emulator/index.ts';
import { X509Certificate } from 'node:crypto';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const ENABLE = { 'enable-key': 'new' };
const DISABLED: EmulatorOptions = { behavior: { newKeys: 'disabled', statusShownBy: 'keyset' } };
const certificate = new X509Certificate(fixtureDer('signing.pem'));
const other = { ...certificateKey(new X509Certificate(fixtureDer('other.pem'))), status: 'disabled' } as const;

test('the key that this run uploaded is enabled, and no other', async () => {
  await scenario(DISABLED, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', other);
    const { outputs, log } = await run(ENABLE);
    expect(outputs).toMatchObject({ outcome: 'uploaded', status: 'enabled', active: 'true' });
    expect(keyset.keys.map(({ status }) => status)).toEqual(['disabled', 'enabled']);
    expect(log).toContain('enabled it (enable-key)');
    expect(requests('enable')).toBe(1);
  });
});

test('without enable-key a disabled key is a warning', async () => {
  await scenario(DISABLED, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const { outputs, annotations } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', status: 'disabled', active: 'false', 'active-kid': '' });
    expect(annotations.map(({ message }) => message).join('\n')).toContain('Set enable-key: true');
    expect(keyset.keys[0]?.status).toBe('disabled');
    expect(requests('enable')).toBe(0);
  });
});

test('a disabled key that was there before is left alone, with a warning', async () => {
  await scenario(DISABLED, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', { ...certificateKey(certificate), status: 'disabled' });
    const { outputs, annotations } = await run(ENABLE);
    expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false', status: 'disabled' });
    expect(annotations.map(({ message }) => message).join('\n')).toContain('enable it in the portal');
    expect(keyset.keys[0]?.status).toBe('disabled');
    expect(requests('enable')).toBe(0);
  });
});

test('a tenant without keys_v2 gets a warning, not a failure', async () => {
  await scenario({ behavior: { ...DISABLED.behavior, keysV2: 'missing' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const { result, outputs, annotations } = await run(ENABLE);
    expect(result).toBe('success');
    expect(outputs).toMatchObject({ outcome: 'uploaded', status: 'disabled' });
    expect(annotations.map(({ message }) => message).join('\n')).toContain(
      'keys_v2 is not available in this tenant or cloud',
    );
    expect(keyset.keys).toHaveLength(1);
  });
});

test('a service that will not enable fails the run, which says that the certificate is there', async () => {
  await scenario(DISABLED, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'enable', kind: 'status', status: 403 });
    const refused = await run(ENABLE);
    expect(refused.result).toBe('failure');
    expect(refused.log).toMatch(/Enabling key \w+ failed: HTTP 403/);
    expect(refused.log).toContain('Changed: the certificate.');
    expect(keyset.keys).toHaveLength(1);
  });
});

test.each([{ kind: 'reset-after' } as const, { kind: 'throttled', retryAfter: 0 } as const])(
  'enabling is tried again after $kind',
  async (requestFault) => {
    await scenario(DISABLED, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at: 'enable', ...requestFault });
      expect((await run(ENABLE)).outputs.status).toBe('enabled');
      expect(requests('enable')).toBe(2);
    });
  },
);

test('where the answer shows nothing but the kid, the certificate tells its dates and the list its status', async () => {
  await scenario(DISABLED, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const kid = certificate.fingerprint.replaceAll(':', '');
    emulator.faults.inject({ at: 'upload', kind: 'status-after', status: 200, body: JSON.stringify({ kid }) });
    const { outputs } = await run(ENABLE);
    expect(outputs).toMatchObject({ kid, outcome: 'uploaded', status: 'enabled', active: 'true', 'active-kid': kid });
    expect(outputs.expiry).toBe('2046-11-18T16:13:07Z');
    expect(requests('enable')).toBe(1);
  });
});

test('where nothing shows dates, a key that the service names as active is the active one', async () => {
  await scenario({ behavior: { hidden: ['x5c', 'x5t', 'nbf', 'exp', 'use'] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('other.pem'));
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', expiry: '2046-11-18T16:13:07Z', status: '' });
    expect(outputs.active).toBe(String(outputs['active-kid'] === outputs.kid));
  });
});
