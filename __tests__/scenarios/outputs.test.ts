import { expect, test } from '@jest/globals';
import type { ServiceBehavior } from '../../emulator/index.ts';
import { DAY, fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { scenario, warningsOf } from './scenario.ts';

const text = (instant: Date): string => instant.toISOString().replace('.000', '');

test('an uploaded certificate: every output', async () => {
  const [from, to] = [fromNow(-HOUR), fromNow(100 * DAY + HOUR)];
  const { pem, x509 } = await makeCertificate({ from, to });
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const before = Date.now();
    const { outputs } = await run({ certificate: pem, 'keyset-id': 'b2c_1a_Signing' });
    const { 'takes-over-at': takesOver = '', 'certificate-pem': given, ...rest } = outputs;
    const thumbprint = x509.fingerprint.replaceAll(':', '');
    expect(rest).toEqual({
      kid: thumbprint,
      expiry: text(to),
      'not-before': text(from),
      'days-remaining': '100',
      thumbprint,
      'thumbprint-sha256': x509.fingerprint256.replaceAll(':', ''),
      'keyset-id': 'B2C_1A_Signing',
      outcome: 'uploaded',
      changed: 'true',
      'keyset-created': 'false',
      status: '',
      active: 'true',
      'active-kid': thumbprint,
    });
    expect(given?.trim()).toBe(x509.toString().trim());
    expect(Date.parse(takesOver)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(takesOver)).toBeLessThanOrEqual(Date.now());

    const { 'takes-over-at': again = '', ...second } = (await run({ certificate: pem })).outputs;
    expect(second).toEqual({ ...rest, outcome: 'already-present', changed: 'false', 'certificate-pem': given });
    expect(Date.parse(again)).toBeLessThanOrEqual(Date.now());
  });
});

test('a staged certificate takes over when it starts', async () => {
  const from = fromNow(10 * DAY);
  const [old, staged] = await Promise.all([makeCertificate(), makeCertificate({ from, to: fromNow(400 * DAY) })]);
  await scenario({}, async ({ emulator, run }) => {
    const kid = emulator.seed('B2C_1A_Signing', old.der).keys[0]?.kid ?? '';
    const expected = { active: 'false', 'active-kid': kid, 'takes-over-at': text(from) };
    const dry = await run({ certificate: staged.pem, 'dry-run': 'true' });
    expect(dry.outputs).toMatchObject({ ...expected, outcome: 'would-upload', changed: 'false', kid: '' });

    const { outputs, log, summary } = await run({ certificate: staged.pem });
    expect(outputs).toMatchObject({ ...expected, outcome: 'uploaded', changed: 'true' });
    expect(log).toContain(`Expected to become active at ${text(from)} (currently active: key ${kid}).`);
    expect(log).toContain(`Next: key ${outputs.kid ?? ''} becomes active at ${text(from)}.`);
    expect(summary).toContain('next, this certificate');
    expect((await run({ certificate: staged.pem })).outputs).toMatchObject({ ...expected, outcome: 'already-present' });
  });
});

test('a certificate that another one always precedes never takes over', async () => {
  const [winner, never] = await Promise.all([
    makeCertificate({ from: fromNow(-HOUR), to: fromNow(300 * DAY) }),
    makeCertificate({ from: fromNow(-2 * HOUR), to: fromNow(200 * DAY) }),
  ]);
  await scenario({}, async ({ emulator, run }) => {
    const kid = emulator.seed('B2C_1A_Signing', winner.der).keys[0]?.kid;
    const { outputs, log, summary } = await run({ certificate: never.pem });
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: 'false', 'active-kid': kid, 'takes-over-at': '' });
    expect(log).toContain('will never become active');
    expect(summary).toContain('will never become active');
  });
});

test('a disabled key is reported as what it is', async () => {
  const { pem, der } = await makeCertificate();
  await scenario({ behavior: { statusShownBy: 'keyset' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing', der);
    keyset.keys = keyset.keys.map((key) => ({ ...key, status: 'disabled' }));
    const { outputs, annotations } = await run({ certificate: pem });
    expect(outputs).toMatchObject({
      outcome: 'already-present',
      status: 'disabled',
      active: 'false',
      'active-kid': '',
      'takes-over-at': '',
    });
    expect(annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Key \w+ is disabled, so no policy uses it\. Set enable-key: always to enable it\.$/),
    ]);
  });
});

test('where the service reports another active key than the rule, it wins and the forecast is uncertain', async () => {
  const { pem, der } = await makeCertificate();
  await scenario({ behavior: { undated: 'first' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', { kid: 'undated' }, der);
    const { outputs, log, summary } = await run({ certificate: pem });
    expect(outputs).toMatchObject({ active: 'false', 'active-kid': 'undated', 'takes-over-at': '' });
    for (const place of [log, summary]) {
      expect(place).toContain('Forecast uncertain: the service reports another active key');
      expect(place).toContain('Currently active: key undated.');
    }
  });
});

test('where the service does not report the active key, nothing is claimed, and the log follows the rule', async () => {
  const { pem } = await makeCertificate();
  const old = await makeCertificate({ from: fromNow(-10 * DAY) });
  await scenario({ behavior: { activeKey: 'fails' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', old.der);
    const { result, outputs, log } = await run({ certificate: pem });
    expect(result).toBe('success');
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: '', 'active-kid': '' });
    expect(log).toContain(`Active by the documented rule: key ${outputs.kid ?? ''}.`);
    expect(log).toContain('using the documented rule');
    expect(log).toContain(`(currently active by the documented rule: key ${old.x509.fingerprint.replaceAll(':', '')})`);
  });
});

test.each<[string, Partial<ServiceBehavior>]>([
  ['as text', { dates: 'strings' }],
  ['not at all', { hidden: ['nbf', 'exp'] }],
])('keys whose dates come %s are dated by the certificate', async (_, behavior) => {
  const to = fromNow(50 * DAY);
  const { pem } = await makeCertificate({ to });
  await scenario({ behavior }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect((await run({ certificate: pem })).outputs).toMatchObject({ expiry: text(to), active: 'true' });
  });
});

test('a dry run does not attribute the rule’s active key to the service', async () => {
  const old = await makeCertificate({ from: fromNow(-10 * DAY) });
  await scenario({ behavior: { activeKey: 'fails' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', old.der);
    const { outputs, log } = await run({ 'dry-run': 'true' });
    expect(outputs).toMatchObject({ outcome: 'would-upload', active: 'false', 'active-kid': '' });
    expect(log).toMatch(/Active by the documented rule: key \w+\./);
  });
});

test('a new keyset that one server does not know yet has no known active key', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const body = JSON.stringify({ error: { code: 'AADB2C90073', message: 'The keyset was not found.' } });
    emulator.faults.inject({ at: 'active', kind: 'status', status: 404, body, times: 100 });
    const result = await run({ 'create-keyset': 'true' });
    expect(result.outputs).toMatchObject({
      outcome: 'uploaded',
      'keyset-created': 'true',
      active: '',
      'active-kid': '',
    });
    expect(warningsOf(result)).toEqual([]);
    expect(result.log).not.toContain('no active key');
  });
});

test.each([
  ['204', { status: 204 }],
  ['null', { status: 200, body: 'null' }],
  ['{"value":null}', { status: 200, body: '{"value":null}' }],
])('a response of %s means that no key is active', async (_, response) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'active', kind: 'status', ...response });
    const { outputs, log } = await run();
    expect(outputs.outcome).toBe('uploaded');
    expect(log).toContain('(currently active: no key)');
    expect(requests('active')).toBe(2);
  });
});
