import { describe, expect, test } from '@jest/globals';
import type { Emulator, Fault, RequestFault, Step } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { fromNow, makeCertificate } from '../support/certificate.ts';
import { scenario, warningsOf } from './scenario.ts';

const MINUTE = 60_000;
const THROTTLED: RequestFault = { kind: 'throttled', retryAfter: 0 };

/** Does something when the n-th request of a step arrives, which is then served as usual. */
function when(emulator: Emulator, step: Step, n: number, act: () => void): void {
  let count = 0;
  const at = (request: { step: string }): boolean => {
    if (request.step === step && ++count === n) act();
    return false;
  };
  emulator.faults.inject({ at, kind: 'reset' });
}

test.concurrent.each<[name: string, requestFaults: RequestFault[], uploads: number, log: string]>([
  ['a lost response', [{ kind: 'reset-after' }], 1, 'The keyset contains the certificate.'],
  ['an unreadable response', [{ kind: 'empty' }], 1, 'The keyset contains the certificate.'],
  ['a failure before the write', [{ kind: 'reset' }], 2, 'retrying the upload'],
  ['a rejection', [THROTTLED], 2, ''],
  ['a concurrent write', [{ kind: 'concurrent' }], 2, ''],
  ['a rejection, then a lost response', [THROTTLED, { kind: 'status-after', status: 503 }], 2, 'The keyset contains'],
])('after %s the keyset contains the certificate once', async (_, requestFaults, uploads, says) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const requestFault of requestFaults) emulator.faults.inject({ at: 'upload', ...requestFault });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: keyset.keys[0]?.kid });
    expect(keyset.keys).toHaveLength(1);
    expect(requests('upload')).toBe(uploads);
    expect(log).toContain(says);
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

const GATEWAY_TIMEOUT = { kind: 'status-after', status: 504 } as const;

test.concurrent.each<[ms: number, requestFault: RequestFault & { lateMs?: number }]>(
  [3000, 40_000, 80_000].flatMap((lateMs): [number, RequestFault][] => [
    [lateMs, { ...GATEWAY_TIMEOUT, lateMs }],
    [lateMs, { kind: 'reset-after', lateMs }],
    [lateMs, { kind: 'timeout-after', lateMs }],
  ]),
)('a write that is executed %i ms after its failure is found, and not sent again: %o', async (_, requestFault) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...requestFault });
    const result = await run();
    await emulator.settle();
    expect(result.outputs).toMatchObject({
      outcome: 'uploaded',
      changed: 'true',
      kid: keyset.keys[0]?.kid,
      active: 'true',
    });
    expect(warningsOf(result)).toEqual([]);
    expect(requests('upload')).toBe(1);
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent.each<[staleReadsMs: number, name: string, requestFaults: RequestFault[]]>(
  [20_000, 80_000].flatMap((ms): [number, string, RequestFault[]][] => [
    [ms, 'a success', []],
    [ms, 'a 504', [GATEWAY_TIMEOUT]],
    [ms, 'no response', [{ kind: 'timeout-after' }]],
    [ms / 2, 'a 504, executed as late', [{ ...GATEWAY_TIMEOUT, lateMs: ms / 2 }]],
  ]),
)('reads that lag by %i ms show the upload after %s', async (staleReadsMs, _, requestFaults) => {
  await scenario({ behavior: { staleReadsMs } }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const requestFault of requestFaults) emulator.faults.inject({ at: 'upload', ...requestFault });
    const result = await run();
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[0]?.kid, active: 'true' });
    expect(warningsOf(result)).toEqual([]);
    expect(requests('upload')).toBe(1);
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent.each<[name: string, during: Fault]>([
  ['a rejected read', { at: 'keyset', skip: 1, kind: 'status', status: 401 }],
  ['a redirected read', { at: 'keyset', skip: 1, kind: 'redirect' }],
])('%s does not end the search', async (_, during) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT, lateMs: 15_000 });
    emulator.faults.inject(during);
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[0]?.kid });
    expect(requests('upload')).toBe(1);
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

test.concurrent('an upload that only the active key shows is found, and not sent again', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', kind: 'reset-after' });
    emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Signing', keys: [] }, times: 100 });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[0]?.kid, active: 'true' });
    expect(requests('upload')).toBe(1);
  });
});

test.concurrent(
  'an upload that is executed just before it is sent again is a second copy, and a warning says so',
  async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      when(emulator, 'upload', 2, () => emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem')));
      emulator.faults.inject({ at: 'upload', kind: 'status', status: 504 });
      const result = await run();
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
      expect(keyset.keys).toHaveLength(2);
      expect(warningsOf(result)).toEqual([
        expect.stringMatching(
          /^The keyset contains 2 copies of this certificate: .*an earlier attempt was executed late/,
        ),
      ]);
      expect(requests('upload')).toBe(2);
      expect((await run()).outputs).toMatchObject({ outcome: 'already-present', changed: 'false' });
    });
  },
);

describe('someone else writes to the keyset while the upload is searched for', () => {
  test.concurrent('another certificate: ours is found, and nothing is claimed of the active key', async () => {
    const newer = await makeCertificate({ from: fromNow(-MINUTE) });
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      when(emulator, 'keyset', 2, () => emulator.seed('B2C_1A_Signing', newer.der));
      emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT, lateMs: 20_000 });
      const result = await run();
      const [other, ours] = keyset.keys.map(({ kid }) => kid);
      expect(result.outputs).toMatchObject({
        outcome: 'uploaded',
        kid: ours,
        active: 'false',
        'active-kid': other,
        expiry: '2046-11-18T16:13:07Z',
      });
      expect(warningsOf(result)).toEqual([]);
      expect(requests('upload')).toBe(1);
      expect(keyset.keys).toHaveLength(2);
    });
  });

  test.concurrent('the same certificate: it is not sent again', async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      when(emulator, 'keyset', 4, () => emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem')));
      emulator.faults.inject({ at: 'upload', kind: 'status', status: 504 });
      expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
      expect(requests('upload')).toBe(1);
      expect(keyset.keys).toHaveLength(1);
    });
  });
});

describe('the keyset is deleted', () => {
  const remove = (emulator: Emulator): void => {
    emulator.tenant.keysets.delete('B2C_1A_Signing');
  };

  test.concurrent('before the upload: a failure, and nothing was changed', async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      when(emulator, 'upload', 1, () => {
        remove(emulator);
      });
      const { result, log } = await run();
      expect(result).toBe('failure');
      expect(log).toContain('Uploading to the keyset B2C_1A_Signing failed: HTTP 404 AADB2C90073');
      expect(log).toContain('No changes were made.');
      expect(requests('upload')).toBe(1);
    });
  });

  test.concurrent('while the upload is searched for: a failure that leaves the outcome open', async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      when(emulator, 'keyset', 2, () => {
        remove(emulator);
      });
      emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT });
      const { result, log } = await run({ 'create-keyset': 'true' });
      expect(result).toBe('failure');
      expect(log).toContain('Uploading to the keyset B2C_1A_Signing failed: HTTP 404 AADB2C90073');
      expect(log).toContain('Unknown: the certificate may have been written.');
      expect(log).toContain('#unknown-outcome');
      expect([requests('upload'), requests('create')]).toEqual([2, 0]);
    });
  });

  test.concurrent('after the upload: a failure that names the key', async () => {
    await scenario({}, async ({ emulator, run }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      when(emulator, 'keyset', 2, () => {
        remove(emulator);
      });
      const { result, log, outputs } = await run();
      expect([result, outputs]).toEqual(['failure', {}]);
      expect(log).toContain(`The upload succeeded (the service returned kid ${keyset.keys[0]?.kid ?? ''})`);
      expect(log).toContain('Changed: the certificate.');
      expect(log).toContain('#not-visible');
    });
  });
});

describe('the response to the upload', () => {
  interface Row {
    readonly name: string;
    readonly body: object;
    /** Of the requests that were executed. */
    readonly executed: boolean;
    readonly uploads: number;
    /** How the run ends: with the key, perhaps with a warning; or with an error. */
    readonly warns?: string;
    readonly fails?: readonly string[];
  }
  const OLD = { kid: 'old', nbf: 1_600_000_000 };
  const PROBLEM = { error: { code: 'AADB2C90063', message: 'There is a problem with the service.' } };
  const ROWS: readonly Row[] = [
    {
      name: 'names the old key',
      body: OLD,
      executed: true,
      uploads: 1,
      warns: 'The response to the upload named key old, but the keyset shows the certificate as key ',
    },
    {
      name: 'names the old key, and nothing was uploaded',
      body: OLD,
      executed: false,
      uploads: 1,
      fails: [
        '(the service returned kid old), but keyset B2C_1A_Signing does not list the certificate',
        '#not-visible',
      ],
    },
    {
      name: 'names a key that the keyset does not contain',
      body: { kid: 'nobody' },
      executed: true,
      uploads: 1,
      warns: 'The response to the upload named key nobody, but',
    },
    {
      name: 'names a key that the keyset does not contain, and nothing was uploaded',
      body: { kid: 'nobody' },
      executed: false,
      uploads: 1,
      fails: ['(the service returned kid nobody), but', 'Changed: the certificate.'],
    },
    { name: 'is a success with an error in its body', body: PROBLEM, executed: true, uploads: 1 },
    {
      name: 'is a success with an error in its body, and nothing was uploaded',
      body: PROBLEM,
      executed: false,
      uploads: 2,
    },
    {
      name: 'names another keyset',
      body: { id: 'B2C_1A_Other', kid: 'nobody', keys: [] },
      executed: true,
      uploads: 1,
      warns: 'The response to the upload named key nobody, but',
    },
  ];

  test.concurrent.each(ROWS)('$name', async ({ body, executed, uploads, warns, fails = [] }) => {
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing', OLD);
      emulator.seed('B2C_1A_Other');
      emulator.faults.inject(
        executed
          ? { at: 'upload', kind: 'status-after', status: 200, body: JSON.stringify(body) }
          : { at: 'upload', kind: 'garbage', body },
      );
      const certificate = fixtureText('signing.pem') + fixtureText('signing.key.pem');
      const result = await run({ certificate });
      expect(requests('upload')).toBe(uploads);
      expect(emulator.tenant.keysets.get('B2C_1A_Other')?.keys).toEqual([]);
      const ours = keyset.keys.filter(({ kid }) => kid !== 'old');
      if (fails.length > 0) {
        expect([result.result, result.outputs, ours]).toEqual(['failure', {}, []]);
        for (const text of fails) expect(result.log).toContain(text);
        return;
      }
      expect(ours).toHaveLength(1);
      expect(result.outputs).toMatchObject({
        outcome: 'uploaded',
        kid: ours[0]?.kid,
        'keyset-id': 'B2C_1A_Signing',
        active: 'true',
      });
      expect(warningsOf(result)).toEqual(warns === undefined ? [] : [expect.stringContaining(warns)]);
    });
  });

  test.concurrent('is always a success with an error in its body: the outcome stays open', async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at: 'upload', kind: 'garbage', body: PROBLEM, times: 9 });
      const { result, log } = await run();
      expect(result).toBe('failure');
      expect(log).toContain('#unknown-outcome');
      expect(requests('upload')).toBe(2);
    });
  });
});

describe('allow-duplicate', () => {
  const RESPONSES: [name: string, requestFault: RequestFault][] = [
    ['a success', { kind: 'delay', ms: 1 }],
    ['a lost response', { kind: 'reset-after' }],
    ['a lost response, executed late', { kind: 'reset-after', lateMs: 40_000 }],
  ];

  test.concurrent.each(RESPONSES.flatMap((row) => [['first', ...row] as const, ['last', ...row] as const]))(
    'reports the key that this run added, where the newest key comes %s: after %s',
    async (newest, _, requestFault) => {
      await scenario({ behavior: { kid: 'rfc7638' } }, async ({ emulator, run, requests }) => {
        const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
        const present = keyset.keys[0]?.kid;
        // From now on a certificate becomes a key with another kid.
        emulator.behavior.kid = 'sha1';
        const position = newest === 'first' ? 1 : -1;
        const sort = ({ step }: { step: string }): boolean => {
          if (step === 'keyset') keyset.keys = keyset.keys.toSorted((a) => (a.kid === present ? position : -position));
          return false;
        };
        emulator.faults.inject({ at: sort, kind: 'reset' });
        emulator.faults.inject({ at: 'upload', ...requestFault });
        const { outputs } = await run({ 'allow-duplicate': 'true' });
        const added = keyset.keys.find(({ kid }) => kid !== present)?.kid;
        expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: added });
        expect(requests('upload')).toBe(1);
        expect(keyset.keys).toHaveLength(2);
      });
    },
  );

  test.concurrent('fails where the service replaces the copy, and says what it shows', async () => {
    await scenario({ behavior: { duplicates: 'overwrite' } }, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
      const { result, log } = await run({ 'allow-duplicate': 'true' });
      expect(result).toBe('failure');
      expect(log).toContain('but keyset B2C_1A_Signing does not list another copy of the certificate after 90 seconds');
      expect(requests('upload')).toBe(1);
      expect(keyset.keys).toHaveLength(1);
    });
  });
});

test.concurrent('of two copies that were uploaded at the same time, the one of this run is reported', async () => {
  await scenario({ behavior: { kid: 'rfc7638' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    when(emulator, 'upload', 1, () => {
      emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
      emulator.behavior.kid = 'sha1';
    });
    const result = await run();
    expect(keyset.keys).toHaveLength(2);
    const [other, own] = keyset.keys;
    expect(result.outputs).toMatchObject({
      outcome: 'uploaded',
      kid: own?.kid,
      active: 'false',
      'active-kid': other?.kid,
    });
    expect(warningsOf(result)).toEqual([expect.stringContaining('The keyset contains 2 copies of this certificate')]);
  });
});

const UNKNOWN =
  'Unknown: the certificate may have been written. Wait two minutes before running again, so that the next run can detect it.';
const FORBIDDEN = { kind: 'status', status: 403 } as const;

const MAYBE = 'The certificate may have been uploaded, but the keyset';
const NOT_SHOWN = `${MAYBE} did not show it within 90 seconds.`;
const NOT_READ = `${MAYBE} could not be read.`;

test.concurrent.each<[name: string, faults: Fault[], ...says: string[]]>([
  ['rejected', [{ at: 'upload', ...FORBIDDEN }], 'No changes were made.'],
  ['rejected again and again', [{ at: 'upload', times: 5, ...THROTTLED }], 'No changes were made.'],
  ['unknown twice', [{ at: 'upload', times: 2, kind: 'status', status: 500 }], NOT_SHOWN, UNKNOWN],
  [
    'unknown, then rejected',
    [
      { at: 'upload', kind: 'reset' },
      { at: 'upload', ...FORBIDDEN },
    ],
    NOT_SHOWN,
    UNKNOWN,
    'grant admin consent',
  ],
  [
    'unknown, and the search fails',
    [
      { at: 'upload', kind: 'reset-after' },
      { at: 'keyset', skip: 1, times: 10, ...FORBIDDEN },
    ],
    'Searching the keyset B2C_1A_Signing failed: HTTP 403',
    NOT_READ,
    UNKNOWN,
  ],
  [
    'unknown, then rejected, and the read before the next attempt stays unavailable',
    [
      { at: 'upload', kind: 'reset' },
      { at: 'upload', ...THROTTLED },
      // After the first read and those of the search.
      { at: 'keyset', skip: 11, times: 5, kind: 'status', status: 504 },
    ],
    'Searching the keyset B2C_1A_Signing failed: HTTP 504',
    NOT_READ,
    UNKNOWN,
  ],
  [
    'rejected, and the read before the next attempt fails',
    [
      { at: 'upload', ...THROTTLED },
      { at: 'keyset', skip: 1, ...FORBIDDEN },
    ],
    'Searching the keyset B2C_1A_Signing failed: HTTP 403',
    'No changes were made.',
  ],
  [
    'rejected, and the read before the next attempt stays unavailable',
    [
      { at: 'upload', ...THROTTLED },
      { at: 'keyset', skip: 1, times: 5, kind: 'status', status: 504 },
    ],
    'Searching the keyset B2C_1A_Signing failed: HTTP 504',
    'No changes were made.',
  ],
  [
    'successful, and the verification fails',
    [{ at: 'upload', kind: 'garbage', body: { kid: 'A' } }],
    'Changed: the certificate.',
  ],
])('a run that fails says whether anything was written: the upload is %s', async (_, faults, ...says) => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const { result, outputs, log } = await run();
    expect([result, outputs.outcome]).toEqual(['failure', undefined]);
    for (const text of says) expect(log).toContain(text);
    expect(emulator.faults.remaining()).toEqual([]);
    if (!says.includes(UNKNOWN)) return;
    expect(log).toContain('#unknown-outcome');
    // A second run finds it, or uploads it.
    expect((await run()).result).toBe('success');
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('a tenant that refuses duplicates ends with one key, reported by the run that wrote it', async () => {
  const behavior = { duplicates: 'refuse', staleReadsMs: 2500 } as const;
  await scenario({ behavior }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    // Both runs have read the keyset before either writes.
    const { promise: until, resolve } = Promise.withResolvers<undefined>();
    const isUpload = ({ step }: { step: string }): boolean => {
      if (requests('upload') === 2) resolve(undefined);
      return step === 'upload';
    };
    emulator.faults.inject({ at: isUpload, kind: 'held', until, times: 2 });
    const [first, second] = await Promise.all([run(), run()]);
    expect([first.outputs.outcome, second.outputs.outcome].sort()).toEqual(['already-present', 'uploaded']);
    expect([first.outputs.changed, second.outputs.changed].sort()).toEqual(['false', 'true']);
    expect(requests('upload')).toBe(2);
    expect(keyset.keys).toHaveLength(1);
    const third = await run({ 'allow-duplicate': 'true' });
    expect(third.log).toContain('AADB2C90180');
    expect(third.log).toContain('No changes were made.');
  });
});

test.concurrent('a service that refuses duplicates before it shows the key ends with one key', async () => {
  await scenario({ behavior: { duplicates: 'refuse', staleReadsMs: 120_000 } }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT });
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: keyset.keys[0]?.kid });
    expect([requests('upload'), keyset.keys.length]).toEqual([2, 1]);
  });
});

test.concurrent('a renewal with the same key pair, whose kid is the same, is verified by its certificate', async () => {
  await scenario({ behavior: { kid: 'rfc7638', staleReadsMs: 2500 } }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs } = await run({ certificate: fixtureText('renewed.pem') });
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: keyset.keys[1]?.kid });
    expect(keyset.keys).toHaveLength(2);
    // Reads that lag behind show only the old key, so the keyset is read until it shows the new one.
    expect(requests('keyset')).toBeGreaterThan(2);
  });
});

test.concurrent('five runs one after another leave one key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const outcomes: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) outcomes.push((await run()).outputs.outcome);
    expect(outcomes).toEqual(['uploaded', ...Array.from({ length: 4 }, () => 'already-present')]);
    expect(keyset.keys).toHaveLength(1);
    expect(requests('upload')).toBe(1);
  });
});

/** A gateway that responds to every request for so many of them. */
const unavailable = (at: Step, times: number): Fault => ({ at, kind: 'status', status: 503, times });

test.concurrent('the search for an upload goes on while reads fail', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT, lateMs: 30_000 });
    // The first read is before the upload; of the others, each is attempted five times.
    emulator.faults.inject({ ...unavailable('keyset', 10), skip: 1 });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', active: 'true' });
    expect(requests('upload')).toBe(1);
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('a keyset that cannot be read during the whole search is no reason to send again', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...GATEWAY_TIMEOUT, lateMs: 300_000 });
    emulator.faults.inject({ ...unavailable('keyset', 1000), skip: 1 });
    const { result, log } = await run();
    expect(result).toBe('failure');
    expect(log).toContain('Searching the keyset B2C_1A_Signing failed: HTTP 503');
    expect(log).toContain(UNKNOWN);
    expect(log).toContain('#unknown-outcome');
    expect(requests('upload')).toBe(1);
  });
});

test.concurrent('an upload that was accepted, and cannot be read back, is told with its kid', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ ...unavailable('keyset', 1000), skip: 1 });
    const { result, log } = await run();
    expect(result).toBe('failure');
    const kid = keyset.keys[0]?.kid ?? '';
    expect(log).toContain(`The upload succeeded (the service returned kid ${kid}), but reading the keyset`);
    expect(log).toContain('Changed: the certificate.');
    expect(requests('upload')).toBe(1);
  });
});

test.concurrent('a certificate that another run uploaded meanwhile was seen, and needs no further read', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    when(emulator, 'upload', 1, () => emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem')));
    emulator.faults.inject({ at: 'upload', ...THROTTLED });
    emulator.faults.inject({ at: 'keyset', skip: 2, times: 100, ...FORBIDDEN });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false', active: 'true' });
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('a read between two attempts that stays throttled is tried again with the upload', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...THROTTLED });
    emulator.faults.inject({ at: 'keyset', skip: 1, times: 5, ...THROTTLED });
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    expect(requests('upload')).toBe(2);
  });
});

test.concurrent('an upload that is read back at the second attempt is a success', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ ...unavailable('keyset', 5), skip: 1 });
    const result = await run();
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    expect(warningsOf(result)).toEqual([]);
  });
});

test.concurrent('a 429 whose code is unknown was not executed: it is not searched for', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const body = JSON.stringify({ error: { code: 'UnknownError', message: '' } });
    emulator.faults.inject({ at: 'upload', kind: 'status', status: 429, headers: { 'Retry-After': '2' }, body });
    const { outputs, log } = await run();
    expect(outputs.outcome).toBe('uploaded');
    expect(log).not.toContain('the upload may have succeeded');
    expect(requests('upload')).toBe(2);
  });
});

test.concurrent('a response that shows the certificate, but no kid, is a success without a hint', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const body = JSON.stringify({ kid: null, x5c: [fixtureDer('signing.pem').toString('base64')] });
    emulator.faults.inject({ at: 'upload', kind: 'status-after', status: 200, body });
    const result = await run();
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[0]?.kid });
    expect(warningsOf(result)).toEqual([]);
    expect(requests('upload')).toBe(1);
  });
});

test.concurrent('an upload that was accepted without a kid, and is never shown, is told without one', async () => {
  await scenario({ behavior: { staleReadsMs: 600_000 } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const body = JSON.stringify({ x5c: [fixtureDer('signing.pem').toString('base64')] });
    emulator.faults.inject({ at: 'upload', kind: 'status-after', status: 200, body });
    const { log } = await run();
    expect(log).toContain('The upload succeeded, but keyset B2C_1A_Signing does not list the certificate after 90');
    expect(requests('upload')).toBe(1);
  });
});

test.concurrent(
  'what was in the way of the upload may have been the same certificate: it is not uploaded again',
  async () => {
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      when(emulator, 'upload', 1, () => emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem')));
      emulator.faults.inject({ at: 'upload', kind: 'concurrent' });
      const { outputs } = await run();
      expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false' });
      expect(requests('upload')).toBe(1);
      expect(keyset.keys).toHaveLength(1);
    });
  },
);
