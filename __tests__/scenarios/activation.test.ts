import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { certificateKey, type Emulator, type RequestFault, type ServiceBehavior } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { DAY, fromNow, HOUR, type MadeCertificate, makeCertificate } from '../support/certificate.ts';
import { scenario, warningsOf } from './scenario.ts';

type Mode = 'new' | 'always' | 'never';

/** The one that is active at first; one that takes over at once, and one that does so in ten days. */
let [old, current, staged]: MadeCertificate[] = [];

beforeAll(async () => {
  [old, current, staged] = await Promise.all([
    makeCertificate({ from: fromNow(-9 * DAY) }),
    makeCertificate({ from: fromNow(-HOUR) }),
    makeCertificate({ from: fromNow(10 * DAY) }),
  ]);
});

function made(certificate: MadeCertificate | undefined): MadeCertificate & { kid: string; input: string } {
  if (certificate === undefined) throw new Error('The certificates have not been made.');
  const kid = certificate.x509.fingerprint.replaceAll(':', '');
  return { ...certificate, kid, input: certificate.pem + certificate.keyPem };
}

const DISABLED = 'is disabled, so no policy uses it. Set enable-key: always to enable it.';
const UNREADABLE = 'Its status could not be read: if it is disabled, enable it in the portal.';
const PORTAL = 'Enable it in the portal, under Identity Experience Framework › Policy keys.';

const statusesOf = (emulator: Emulator): (string | undefined)[] =>
  emulator.tenant.keysets.get('B2C_1A_Signing')?.keys.map(({ status }) => status) ?? [];

interface Row {
  readonly situation: 'to be active, uploaded' | 'staged, uploaded' | 'to be active, present';
  readonly mode: Mode;
  readonly enabled: boolean;
  /** Where the keyset shows the status; where `keys_v2` does, one more. */
  readonly requests: number;
}

const ROWS: readonly Row[] = [
  { situation: 'to be active, uploaded', mode: 'new', enabled: true, requests: 10 },
  { situation: 'to be active, uploaded', mode: 'always', enabled: true, requests: 10 },
  { situation: 'to be active, uploaded', mode: 'never', enabled: false, requests: 7 },
  { situation: 'staged, uploaded', mode: 'new', enabled: true, requests: 10 },
  { situation: 'staged, uploaded', mode: 'always', enabled: true, requests: 10 },
  { situation: 'staged, uploaded', mode: 'never', enabled: false, requests: 7 },
  { situation: 'to be active, present', mode: 'new', enabled: false, requests: 4 },
  { situation: 'to be active, present', mode: 'always', enabled: true, requests: 7 },
  { situation: 'to be active, present', mode: 'never', enabled: false, requests: 4 },
];

test.concurrent.each<[Mode, present: boolean, enabled: boolean]>([
  ['new', false, true],
  ['always', true, true],
  ['never', false, false],
])(
  'a key that the service names as active is also disabled: enable-key %s, present %s',
  async (mode, present, enabled) => {
    const ours = made(current);
    await scenario({ behavior: { newKeys: 'disabled', statusShownBy: 'keyset' } }, async ({ emulator, run }) => {
      const keyset = emulator.seed('B2C_1A_Signing', ...(present ? [ours.der] : []));
      keyset.keys = keyset.keys.map((key) => ({ ...key, status: 'disabled' }));
      const fault = { kind: 'garbage', body: { kid: ours.kid }, times: 100 } as const;
      emulator.faults.inject({ at: 'active', skip: present ? 0 : 1, ...fault });
      const result = await run({ certificate: ours.input, 'enable-key': mode });
      expect(result.outputs).toMatchObject({ kid: ours.kid, active: 'true', status: enabled ? 'enabled' : 'disabled' });
      expect(statusesOf(emulator)).toEqual([enabled ? 'enabled' : 'disabled']);
      const contradiction = DISABLED.replace('so no policy uses it', 'although the service reports it as active');
      expect(warningsOf(result)).toEqual(enabled ? [] : [`Key ${ours.kid} ${contradiction}`]);
    });
  },
);

describe.each(['keys_v2', 'keyset'] as const)('a key that starts disabled, its status shown by %s', (statusShownBy) => {
  test.concurrent.each(ROWS)('$situation, enable-key: $mode', async ({ situation, mode, enabled, requests }) => {
    const isPresent = situation === 'to be active, present';
    const isStaged = situation === 'staged, uploaded';
    const ours = made(isStaged ? staged : current);
    await scenario({ behavior: { newKeys: 'disabled', statusShownBy } }, async ({ emulator, run, requests: count }) => {
      const before = emulator.seed('B2C_1A_Signing', made(old).der, ...(isPresent ? [ours.der] : []));
      before.keys = before.keys.map((key) => ({ ...key, status: key.kid === ours.kid ? 'disabled' : 'enabled' }));
      const result = await run({ certificate: ours.input, 'enable-key': mode });
      expect(result.result).toBe('success');
      expect(result.outputs).toMatchObject({
        outcome: isPresent ? 'already-present' : 'uploaded',
        changed: String(!isPresent || enabled),
        kid: ours.kid,
        status: enabled ? 'enabled' : 'disabled',
        active: String(enabled && !isStaged),
        'active-kid': enabled && !isStaged ? ours.kid : made(old).kid,
      });
      expect(result.outputs['takes-over-at'] !== '').toBe(enabled);
      expect(warningsOf(result)).toEqual(enabled ? [] : [`Key ${ours.kid} ${DISABLED}`]);
      if (enabled) expect(result.log).toContain(`Key ${ours.kid} was disabled; enabled it (enable-key: ${mode}).`);
      expect(statusesOf(emulator)).toEqual(['enabled', enabled ? 'enabled' : 'disabled']);
      expect(count('enable')).toBe(enabled ? 1 : 0);
      expect(count()).toBe(requests + (statusShownBy === 'keys_v2' ? 1 : 0));
    });
  });
});

test.concurrent('a key of another certificate is never enabled', async () => {
  await scenario({ behavior: { newKeys: 'disabled' } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', made(old).der);
    const { outputs } = await run({ certificate: made(current).input, 'enable-key': 'always' });
    expect(outputs).toMatchObject({ outcome: 'uploaded', status: 'enabled', active: 'true' });
    expect(statusesOf(emulator)).toEqual(['disabled', 'enabled']);
    expect(requests('enable')).toBe(1);
  });
});

/** The service hides what the uploaded key's status is. */
const HIDDEN: [string, Partial<ServiceBehavior>][] = [
  ['keys_v2 is missing', { keysV2: 'missing' }],
  ['keys_v2 is forbidden', { keysV2: 'forbidden' }],
  ['keys_v2 has no status', { statusShownBy: 'nobody' }],
];

describe.each(HIDDEN)('%s, and the uploaded key is disabled', (_, behavior) => {
  test.concurrent.each<Mode>(['new', 'always', 'never'])('one warning, enable-key: %s', async (mode) => {
    await scenario({ behavior: { newKeys: 'disabled', ...behavior } }, async ({ emulator, run, requests }) => {
      const before = emulator.seed('B2C_1A_Signing', made(old).der);
      before.keys = before.keys.map((key) => ({ ...key, status: 'enabled' }));
      const { kid, input } = made(current);
      const result = await run({ certificate: input, 'enable-key': mode });
      expect(result.result).toBe('success');
      expect(result.outputs).toMatchObject({
        outcome: 'uploaded',
        kid,
        status: '',
        active: 'false',
        'active-kid': made(old).kid,
        'takes-over-at': '',
      });
      expect(warningsOf(result)).toEqual([
        `Key ${kid} should be active by its dates, but the service reports key ${made(old).kid} as active. ${UNREADABLE}`,
      ]);
      expect(requests('enable')).toBe(0);
      expect(requests()).toBe(8);
    });
  });

  test.concurrent('staged, its status stays unknown, with a warning', async () => {
    await scenario({ behavior: { newKeys: 'disabled', ...behavior } }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', { ...certificateKey(made(old).x509), status: 'enabled' });
      const result = await run({ certificate: made(staged).input });
      expect(result.outputs).toMatchObject({ status: '', active: 'false', 'active-kid': made(old).kid });
      expect(warningsOf(result)).toEqual([
        `The status of key ${made(staged).kid} could not be read: if it is disabled, it does not become active. Check it in the portal.`,
      ]);
      expect(requests('enable')).toBe(0);
      expect(requests()).toBe(8);
    });
  });
});

test.concurrent('the active key is asked for after the upload, also where it could not be named before', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', made(old).der);
    const missing = { error: { code: 'AADB2C90073', message: 'cannot be found' } };
    emulator.faults.inject({ at: 'active', kind: 'status', status: 404, body: JSON.stringify(missing) });
    const { kid, input } = made(current);
    expect((await run({ certificate: input })).outputs).toMatchObject({ active: 'true', 'active-kid': kid });
  });
});

test.concurrent('a key that is enabled and not active is a warning without advice about its status', async () => {
  await scenario({ behavior: { activeKey: 'none', statusShownBy: 'keyset' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { kid, input } = made(current);
    const result = await run({ certificate: input });
    expect(result.outputs).toMatchObject({ status: 'enabled', active: 'false', 'active-kid': '' });
    expect(warningsOf(result)).toEqual([
      `Key ${kid} should be active by its dates, but the service reports no active key.`,
    ]);
  });
});

interface Failure {
  readonly name: string;
  readonly behavior?: Partial<ServiceBehavior>;
  readonly fault?: RequestFault;
  readonly says: string;
}

const REFUSED = { kind: 'status', status: 403 } as const;
const INEFFECTIVE = 'the service accepted the change, but does not report the key as enabled';
const FAILURES: readonly Failure[] = [
  { name: 'is refused', fault: REFUSED, says: 'HTTP 403 Authorization_RequestDenied' },
  { name: 'does not exist', behavior: { keysV2: 'missing', statusShownBy: 'keyset' }, says: 'HTTP 404 BadRequest' },
  { name: 'is forbidden', behavior: { keysV2: 'forbidden', statusShownBy: 'keyset' }, says: 'HTTP 403 AADB2C' },
  { name: 'changes nothing', behavior: { statusPatch: 'ineffective' }, says: INEFFECTIVE },
  {
    name: 'changes nothing, and the keyset shows it',
    behavior: { statusPatch: 'ineffective', statusShownBy: 'keyset' },
    says: INEFFECTIVE,
  },
  {
    name: 'succeeds with an error in its body',
    fault: { kind: 'status', status: 200, body: '{"error":{"code":"AADB2C90063"}}' },
    says: INEFFECTIVE,
  },
];

describe.each(FAILURES)('a change of status that $name', ({ behavior, fault, says }) => {
  const service: Partial<ServiceBehavior> = { newKeys: 'disabled', ...behavior };

  test.concurrent('is a warning under enable-key: new', async () => {
    await scenario({ behavior: service }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      if (fault) emulator.faults.inject({ at: 'enable', ...fault });
      const result = await run({ certificate: made(current).input });
      expect(result.result).toBe('success');
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', status: 'disabled', active: 'false' });
      expect(warningsOf(result)).toEqual([
        `Key ${made(current).kid} is disabled, so no policy uses it, and could not be enabled: ${says}. ${PORTAL}`,
      ]);
      expect(statusesOf(emulator)).toEqual(['disabled']);
      expect(requests('enable')).toBe(1);
    });
  });

  test.concurrent('is a failure under enable-key: always, which says that the certificate was uploaded', async () => {
    await scenario({ behavior: service }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      if (fault) emulator.faults.inject({ at: 'enable', ...fault });
      const { kid, input } = made(current);
      const { result, log, outputs } = await run({ certificate: input, 'enable-key': 'always' });
      expect([result, outputs]).toEqual(['failure', {}]);
      expect(log).toContain(`Enabling key ${kid} failed: ${says}`);
      expect(log).toContain('Changed: the certificate.');
      expect(log.includes(`Unknown: the status of key ${kid} may have been written.`)).toBe(says === INEFFECTIVE);
      expect(statusesOf(emulator)).toEqual(['disabled']);
      expect(requests('enable')).toBe(1);
    });
  });
});

test.concurrent.each<[name: string, fault: RequestFault, behavior: Partial<ServiceBehavior>, enables: number]>([
  ['after a lost response', { kind: 'reset-after' }, {}, 2],
  ['after a rejection', { kind: 'throttled', retryAfter: 0 }, {}, 2],
  ['with the key in the response', { kind: 'delay', ms: 1 }, { statusPatchReply: 200 }, 1],
  ['where reads lag behind', { kind: 'delay', ms: 1 }, { staleReadsMs: 4000 }, 1],
  ['where the keyset lags behind', { kind: 'delay', ms: 1 }, { staleReadsMs: 4000, statusShownBy: 'keyset' }, 1],
])('a key is enabled %s', async (_, fault, behavior, enables) => {
  await scenario({ behavior: { newKeys: 'disabled', ...behavior } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'enable', ...fault });
    const result = await run();
    expect(result.outputs).toMatchObject({ status: 'enabled', active: 'true' });
    expect(warningsOf(result)).toEqual([]);
    expect(requests('enable')).toBe(enables);
  });
});

describe('a change of status whose response is lost', () => {
  const behavior = { newKeys: 'disabled' } as const;

  test.concurrent.each<[mode: Mode, name: string, faults: RequestFault[]]>(
    (['new', 'always'] as const).flatMap((mode) => [
      [mode, 'again and again', [{ kind: 'status-after', status: 504, times: 5 }]],
      [mode, 'and that is rejected when it is sent again', [{ kind: 'reset-after' }, { kind: 'status', status: 403 }]],
    ]),
  )('is read back, enable-key: %s, %s', async (mode, _, faults) => {
    const { kid, input } = made(current);
    await scenario({ behavior }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      for (const fault of faults) emulator.faults.inject({ at: 'enable', ...fault });
      const result = await run({ certificate: input, 'enable-key': mode });
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', status: 'enabled', active: 'true', kid });
      expect(warningsOf(result)).toEqual([]);
      expect(emulator.faults.remaining()).toEqual([]);
    });
  });

  test.concurrent.each<Mode>(['new', 'always'])('and that cannot be read either, enable-key: %s', async (mode) => {
    const { kid, input } = made(current);
    await scenario({ behavior }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at: 'enable', kind: 'status', status: 504, times: 5 });
      emulator.faults.inject({ at: 'keys-v2', skip: 1, kind: 'status', status: 403, times: 99 });
      const result = await run({ certificate: input, 'enable-key': mode });
      expect(result.log).toContain(`Enabling key ${kid} failed: HTTP 504`);
      if (mode === 'new') expect(result.outputs).toMatchObject({ outcome: 'uploaded', status: '', active: 'false' });
      else expect(result.log).toContain(`Unknown: the status of key ${kid} may have been written.`);
    });
  });

  test.concurrent.each<Mode>(['new', 'always'])('and that was not made, enable-key: %s', async (mode) => {
    const { kid, input } = made(current);
    await scenario({ behavior }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at: 'enable', kind: 'status', status: 504, times: 5 });
      const result = await run({ certificate: input, 'enable-key': mode });
      expect(statusesOf(emulator)).toEqual(['disabled']);
      if (mode === 'new') {
        expect(result.outputs).toMatchObject({ outcome: 'uploaded', status: 'disabled', active: 'false' });
        expect(warningsOf(result)[0]).toContain(
          'is disabled, so no policy uses it, and could not be enabled: HTTP 504',
        );
      } else {
        expect(result.log).toContain(`Enabling key ${kid} failed: HTTP 504`);
        expect(result.log).toContain(
          `Changed: the certificate. Unknown: the status of key ${kid} may have been written.`,
        );
      }
    });
  });
});

test.concurrent.each([
  ['keys_v2', { at: 'keys-v2', skip: 1 }],
  ['keyset', { at: 'keyset', skip: 2 }],
] as const)(
  'a change whose result %s does not show is no failure under enable-key: new',
  async (statusShownBy, read) => {
    await scenario({ behavior: { newKeys: 'disabled', statusShownBy } }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ ...read, kind: 'status', status: 403, times: 99 });
      const result = await run({ certificate: made(current).input });
      expect(result.result).toBe('success');
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'false' });
      expect(result.outputs.status).toBe('');
      expect(warningsOf(result)[0]).toMatch(/^Reading key \w+ after enabling it failed: HTTP 403.*Check its status/);
    });
  },
);

test.concurrent('of two copies of the certificate, the one that is not disabled is reported', async () => {
  await scenario({ behavior: { statusShownBy: 'keyset' } }, async ({ emulator, run, requests }) => {
    const { der, kid, input } = made(current);
    const keyset = emulator.seed('B2C_1A_Signing', der, der);
    keyset.keys = keyset.keys.map((key, index) => ({ ...key, status: index === 0 ? 'disabled' : 'enabled' }));
    const result = await run({ certificate: input, 'enable-key': 'always' });
    expect(result.outputs).toMatchObject({ outcome: 'already-present', kid, status: 'enabled', active: 'true' });
    expect(warningsOf(result)).toEqual([]);
    expect(result.log).not.toContain('Forecast uncertain');
    expect(requests('enable')).toBe(0);
  });
});

describe('two keys that share a kid, the older one disabled by hand', () => {
  const predecessor = {
    ...certificateKey(new X509Certificate(fixtureDer('signing.pem')), { kid: 'rfc7638', newKeys: 'disabled' }),
  };
  const certificate = fixtureText('renewed.pem') + fixtureText('signing.key.pem');

  test.concurrent.each(['keys_v2', 'keyset'] as const)(
    'the new one is active: nothing is changed, status shown by %s',
    async (statusShownBy) => {
      await scenario({ behavior: { kid: 'rfc7638', statusShownBy } }, async ({ emulator, run, requests }) => {
        emulator.seed('B2C_1A_Signing', predecessor);
        const result = await run({ certificate, 'enable-key': 'always' });
        expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'true', kid: predecessor.kid });
        expect(warningsOf(result)).toEqual([]);
        expect(statusesOf(emulator)).toEqual(['disabled', 'enabled']);
        expect(requests()).toBe(7);
      });
    },
  );

  test.concurrent.each([
    ['new', 'keys_v2'],
    ['always', 'keys_v2'],
    ['new', 'keyset'],
    ['always', 'keyset'],
  ] as const)(
    'the new one is disabled: neither is enabled, enable-key: %s, status shown by %s',
    async (mode, statusShownBy) => {
      const behavior = { kid: 'rfc7638', newKeys: 'disabled', statusShownBy } as const;
      await scenario({ behavior }, async ({ emulator, run, requests }) => {
        emulator.seed('B2C_1A_Signing', predecessor);
        const result = await run({ certificate, 'enable-key': mode });
        expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'false', 'active-kid': '' });
        expect(warningsOf(result)).toEqual([
          expect.stringContaining('Another key of the keyset has the same kid, so neither status is changed.'),
        ]);
        expect(statusesOf(emulator)).toEqual(['disabled', 'disabled']);
        expect(requests('enable')).toBe(0);
      });
    },
  );

  test.concurrent('the new one was present and disabled: enable-key: always enables neither', async () => {
    await scenario({ behavior: { statusShownBy: 'keyset' } }, async ({ emulator, run, requests }) => {
      const renewed = new X509Certificate(fixtureDer('renewed.pem'));
      const options = { kid: 'rfc7638', newKeys: 'disabled' } as const;
      emulator.seed('B2C_1A_Signing', predecessor, certificateKey(renewed, options));
      const result = await run({ certificate, 'enable-key': 'always' });
      expect(result.outputs).toMatchObject({ outcome: 'already-present', status: 'disabled', active: 'false' });
      expect(warningsOf(result)).toEqual([
        expect.stringContaining('is disabled. Another key of the keyset has the same kid'),
      ]);
      expect(statusesOf(emulator)).toEqual(['disabled', 'disabled']);
      expect(requests()).toBe(4);
    });
  });

  test.concurrent.each([
    ['cannot be distinguished from its predecessor’s: a warning', 'keys_v2', ''],
    ['is shown: no warning', 'keyset', 'enabled'],
  ] as const)('the status of a staged one %s', async (_, statusShownBy, status) => {
    const renewal = await makeCertificate({ from: fromNow(10 * DAY), pair: made(old).pair });
    await scenario({ behavior: { kid: 'rfc7638', statusShownBy } }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', made(old).der);
      const result = await run({ certificate: renewal.pem + renewal.keyPem });
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', status, active: 'false' });
      expect(warningsOf(result)).toEqual(
        status === '' ? [expect.stringContaining('Another key of the keyset has the same kid')] : [],
      );
      expect(requests()).toBe(7);
    });
  });
});

describe('an app that may only read, and the certificate is present', () => {
  const app = { roles: ['TrustFrameworkKeySet.Read.All' as const] };

  test.concurrent('active: nothing more is asked', async () => {
    await scenario({ app }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', made(current).der);
      const result = await run({ certificate: made(current).input });
      expect(result.outputs).toMatchObject({ outcome: 'already-present', active: 'true', changed: 'false' });
      expect(warningsOf(result)).toEqual([]);
      expect(requests()).toBe(4);
    });
  });

  test.concurrent('staged: its status is asked for, and a 403 is no failure', async () => {
    await scenario({ app }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', made(old).der, made(staged).der);
      const result = await run({ certificate: made(staged).input });
      expect(result.outputs).toMatchObject({ outcome: 'already-present', active: 'false', status: '' });
      expect(result.log).toContain(`Could not read the status of key ${made(staged).kid} (HTTP 403`);
      expect(warningsOf(result)).toEqual([]);
      expect(requests()).toBe(5);
    });
  });

  test.concurrent('disabled: a warning', async () => {
    await scenario({ app }, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', { ...certificateKey(made(current).x509), status: 'disabled' });
      const result = await run({ certificate: made(current).input, 'enable-key': 'always' });
      expect([result.result, result.outputs.active]).toEqual(['success', 'false']);
      expect(warningsOf(result)).toEqual([expect.stringContaining(UNREADABLE)]);
      expect(requests()).toBe(5);
    });
  });
});

test.concurrent.each([
  ['always', 'it would be enabled (enable-key: always).', []],
  ['new', '', [`Key %s ${DISABLED}`]],
] as const)('a dry run says what enable-key: %s would do to a disabled key', async (mode, says, warnings) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const { kid, x509, input } = made(current);
    emulator.seed('B2C_1A_Signing', { ...certificateKey(x509), status: 'disabled' });
    const result = await run({ certificate: input, 'enable-key': mode, 'dry-run': 'true' });
    expect(result.outputs).toMatchObject({
      outcome: 'already-present',
      status: 'disabled',
      active: 'false',
      changed: 'false',
    });
    expect(result.log).toContain(says);
    expect(warningsOf(result)).toEqual(warnings.map((text) => text.replace('%s', kid)));
    expect(requests('enable')).toBe(0);
  });
});

test.concurrent.each(['true', 'false'])('enable-key: %s is rejected with the allowed values', async (value) => {
  await scenario({}, async ({ run, requests }) => {
    const { result, log } = await run({ 'enable-key': value });
    expect(result).toBe('failure');
    expect(log).toMatch(/enable-key: .*new.*always.*never/);
    expect(requests()).toBe(0);
  });
});

test.concurrent('where the response shows nothing but the kid, the rest is read back', async () => {
  await scenario({ behavior: { newKeys: 'disabled' } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const kid = new X509Certificate(fixtureDer('signing.pem')).fingerprint.replaceAll(':', '');
    emulator.faults.inject({ at: 'upload', kind: 'status-after', status: 200, body: JSON.stringify({ kid }) });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ kid, outcome: 'uploaded', status: 'enabled', active: 'true', 'active-kid': kid });
    expect(outputs.expiry).toBe('2046-11-18T16:13:07Z');
    expect(requests('enable')).toBe(1);
  });
});

test.concurrent('a status that is wrapped in `value`, as documented, is read', async () => {
  await scenario({ behavior: { newKeys: 'disabled' } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const body = JSON.stringify({ value: { kid: 'k', status: 'disabled' } });
    emulator.faults.inject({ at: 'keys-v2', kind: 'status', status: 200, body });
    expect((await run()).outputs).toMatchObject({ status: 'enabled', active: 'true' });
    expect(requests('enable')).toBe(1);
  });
});

test.concurrent('where nothing shows dates, a key that the service names as active is the active one', async () => {
  await scenario({ behavior: { hidden: ['x5c', 'x5t', 'nbf', 'exp', 'use'] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('other.pem'));
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', expiry: '2046-11-18T16:13:07Z' });
    expect(outputs.active).toBe(String(outputs['active-kid'] === outputs.kid));
  });
});

test.concurrent('a key that shows nothing but a kid of the service’s own is the active one by that kid', async () => {
  const hidden = ['x5c', 'x5t', 'nbf', 'exp', 'use', 'n', 'e'] as const;
  await scenario({ behavior: { hidden, kid: 'rfc7638' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const result = await run();
    const kid = keyset.keys[0]?.kid;
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', kid, active: 'true', 'active-kid': kid });
    expect(warningsOf(result)).toEqual([]);
  });
});

test.concurrent('of two keys that look the same, none is claimed to be the active one', async () => {
  const behavior = { hidden: ['x5c', 'x5t', 'nbf', 'exp'], kid: 'rfc7638' } as const;
  await scenario({ behavior: { ...behavior, newKeys: 'disabled' } }, async ({ emulator, run }) => {
    const predecessor = certificateKey(new X509Certificate(fixtureDer('signing.pem')), {
      ...behavior,
      newKeys: 'enabled',
    });
    emulator.seed('B2C_1A_Signing', predecessor);
    const certificate = fixtureText('renewed.pem') + fixtureText('signing.key.pem');
    const result = await run({ certificate, 'allow-duplicate': 'true' });
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'false' });
    expect(warningsOf(result)).toContainEqual(expect.stringContaining('Another key of the keyset has the same kid'));
    expect(statusesOf(emulator)).toEqual(['enabled', 'disabled']);
  });
});

test.concurrent('a disabled key without kid can be enabled only in the portal', async () => {
  const behavior = { hidden: ['kid'], newKeys: 'disabled', statusShownBy: 'keyset' } as const;
  await scenario({ behavior: { ...behavior, hidden: ['kid'] } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const result = await run({ 'enable-key': 'always' });
    expect(result.outputs).toMatchObject({ outcome: 'already-present', status: 'disabled', kid: '' });
    expect(warningsOf(result)).toEqual([expect.stringContaining(`is disabled, so no policy uses it. ${PORTAL}`)]);
    expect(requests('enable')).toBe(0);
  });
});

test.concurrent('a status that is not even an object is not known', async () => {
  await scenario({ behavior: { newKeys: 'disabled' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keys-v2', kind: 'garbage', times: 5 });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', status: '', active: 'false' });
    expect(log).toContain('Could not read the status of key');
  });
});
