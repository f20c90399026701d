import { expect, test } from '@jest/globals';
import type { EmulatorOptions, Fault, RequestFault, Keyset } from '../../emulator/index.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const CREATE = { 'create-keyset': 'true' };
const MISSING = {
  kind: 'status',
  status: 404,
  body: JSON.stringify({ error: { code: 'AADB2C90073', message: 'cannot be found' } }),
} as const;

const CASES: [name: string, options: EmulatorOptions, faults: Fault[], writes: string][] = [
  ['is created', {}, [], 'create upload'],
  ['is missing under 400', { behavior: { missingStatus: 400 } }, [], 'create upload'],
  ['is missing by AADB2C95052', { behavior: { missingCode: 'AADB2C95052' } }, [], 'create upload'],
  ['is missing by AADB2C90130', { behavior: { missingCode: 'AADB2C90130', missingStatus: 400 } }, [], 'create upload'],
  ['stays missing for 5 s after it was created', { behavior: { missingAfterCreateMs: 5000 } }, [], ''],
  [
    'stays missing for 5 s after a lost response',
    { behavior: { missingAfterCreateMs: 5000 } },
    [{ at: 'create', kind: 'reset-after' }],
    'create create upload',
  ],
  ['is shown 10 s late', { behavior: { staleReadsMs: 10_000 } }, [], 'create upload'],
  ['is created, but the response is lost', {}, [{ at: 'create', kind: 'reset-after' }], 'create create upload'],
  [
    'is created, but the response is lost, and it exists already under 400',
    { behavior: { existingStatus: 400 } },
    [{ at: 'create', kind: 'status-after', status: 504 }],
    'create create upload',
  ],
  ['is not created at first', {}, [{ at: 'create', kind: 'throttled', retryAfter: 0 }], 'create create upload'],
];

test.concurrent.each(CASES)('a keyset that %s gets the certificate once', async (_, options, faults, writes) => {
  await scenario(options, async ({ emulator, run }) => {
    for (const fault of faults) emulator.faults.inject(fault);
    const { outputs } = await run({ ...CREATE, 'keyset-id': 'Signing' });
    expect(outputs).toMatchObject({
      outcome: 'uploaded',
      changed: 'true',
      'keyset-created': 'true',
      'keyset-id': 'B2C_1A_Signing',
    });
    expect(emulator.tenant.keysets.get('B2C_1A_Signing')?.keys).toHaveLength(1);
    const sent = emulator.requestLog.filter(({ method, step }) => method === 'POST' && step !== 'token');
    if (writes !== '') expect(sent.map(({ step }) => step).join(' ')).toBe(writes);
    expect(emulator.faults.remaining()).toEqual([]);

    const again = await run(CREATE);
    expect(again.outputs).toMatchObject({ outcome: 'already-present', changed: 'false', 'keyset-created': 'false' });
  });
});

test.concurrent.each<[string, 400 | 409, RequestFault[]]>([
  ['409', 409, []],
  ['400', 400, []],
  ['409, after an attempt without a response', 409, [{ kind: 'reset' }]],
])('a keyset that someone else created meanwhile (%s) is read first', async (_, existingStatus, requestFaults) => {
  await scenario({ behavior: { existingStatus } }, async ({ emulator, run, requests }) => {
    // Created, and filled with this very certificate, between our read and our write.
    const keyset: Keyset = { id: 'B2C_1A_Signing', keys: [], createdAt: 0 };
    emulator.faults.inject({
      at: ({ step }) => {
        if (step === 'create' && !emulator.tenant.keysets.has(keyset.id)) {
          emulator.tenant.keysets.set(keyset.id, keyset);
          emulator.seed(keyset.id, fixtureDer('signing.pem'));
        }
        return false;
      },
      kind: 'reset',
    });
    for (const requestFault of requestFaults) emulator.faults.inject({ at: 'create', ...requestFault });
    const { outputs, log } = await run(CREATE);
    expect(outputs.outcome).toBe('already-present');
    expect(requests('upload')).toBe(0);
    expect(keyset.keys).toHaveLength(1);
    expect(log).toContain('already contains this certificate');
  });
});

/** IDs that are not the requested one in another letter case. */
const OTHER_IDS = ['B2C_1A_Other', '..', 'Signing', 'B2C_1A_Signing2'];
const CREATED = { kind: 'status-after', status: 201 } as const;

test.concurrent.each(OTHER_IDS)(
  'a keyset that is created and reported as %s is the one that was requested',
  async (id) => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Other');
      emulator.faults.inject({ at: 'create', ...CREATED, body: JSON.stringify({ id, keys: [] }) });
      const { outputs } = await run(CREATE);
      expect(outputs).toMatchObject({ 'keyset-id': 'B2C_1A_Signing', 'keyset-created': 'true', outcome: 'uploaded' });
      expect(emulator.tenant.keysets.get('B2C_1A_Signing')?.keys).toHaveLength(1);
      expect(emulator.tenant.keysets.get('B2C_1A_Other')?.keys).toEqual([]);
      expect(requests('upload')).toBe(1);
    });
  },
);

test.concurrent.each(OTHER_IDS)('a service that creates only %s is a failure before the upload', async (id) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.faults.inject({ at: 'create', kind: 'garbage', body: { id, keys: [] }, times: 99 });
    const { result, log } = await run(CREATE);
    expect(result).toBe('failure');
    expect(log).toContain('unexpected response, expected the keyset B2C_1A_Signing');
    expect(log).toContain('Unknown: the keyset B2C_1A_Signing may have been written.');
    expect(requests('upload')).toBe(0);
  });
});

test.concurrent.each(OTHER_IDS)('a service that reads %s instead is a failure before any write', async (id) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id, keys: [] }, times: 99 });
    const { result, log } = await run(CREATE);
    expect(result).toBe('failure');
    expect(log).toContain('unexpected response, expected the keyset B2C_1A_Signing');
    expect(log).toContain('No changes were made.');
    expect(requests('create') + requests('upload')).toBe(0);
  });
});

test.concurrent('a service that ignores letter case is written to in its own spelling', async () => {
  await scenario({ behavior: { idCase: 'ignored' } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_signing');
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', 'keyset-id': 'B2C_1A_signing' });
    expect(emulator.requestLog.find(({ step }) => step === 'upload')?.path).toContain('/B2C_1A_signing/');
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', 'keyset-id': 'B2C_1A_signing' });
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent(
  'a keyset that is created in another letter case is written to in the spelling of the service',
  async () => {
    await scenario({ behavior: { idCase: 'ignored' } }, async ({ emulator, run }) => {
      emulator.faults.inject({ at: 'create', ...CREATED, body: '{"id":"B2C_1A_SIGNING","keys":[]}' });
      const { outputs } = await run(CREATE);
      expect(outputs).toMatchObject({ 'keyset-id': 'B2C_1A_SIGNING', outcome: 'uploaded' });
      expect(emulator.requestLog.find(({ step }) => step === 'upload')?.path).toContain('/B2C_1A_SIGNING/');
      expect([...emulator.tenant.keysets.values()].map(({ keys }) => keys.length)).toEqual([1]);
    });
  },
);

test.concurrent('a keyset that exists and cannot be read is an error that says so', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', ...MISSING, times: 100 });
    const { result, log } = await run(CREATE);
    expect(result).toBe('failure');
    expect(log).toContain('already exists, but cannot find it when reading');
    expect(log).toContain('No changes were made.');
    expect(requests('upload')).toBe(0);
  });
});

test.concurrent(
  'a keyset that this run created and that stays missing for uploads is an error that says so',
  async () => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.faults.inject({ at: 'upload', ...MISSING, times: 100 });
      const { result, log } = await run(CREATE);
      expect(result).toBe('failure');
      expect(log).toContain('The keyset B2C_1A_Signing, which this run created, accepts no upload after 60 seconds');
      expect(log).not.toContain('There is no keyset with this ID');
      expect(log).toContain('Changed: the keyset B2C_1A_Signing.');
    });
  },
);

test.concurrent('a keyset that is listed and cannot be read is not one with another ID', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', ...MISSING });
    const { result, log } = await run();
    expect(result).toBe('failure');
    expect(log).toContain('The service lists the keyset B2C_1A_Signing, but cannot find it when reading');
    expect(log).not.toContain('Did you mean');
  });
});

test('a rejected creation is an error; after a lost response it says that the keyset may exist', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.faults.inject({ at: 'create', kind: 'status', status: 403 });
    const refused = await run(CREATE);
    expect(refused.log).toContain('Creating the keyset B2C_1A_Signing failed: HTTP 403');
    expect(refused.log).toContain('No changes were made.');

    emulator.faults.inject({ at: 'create', kind: 'reset' });
    emulator.faults.inject({ at: 'create', kind: 'status', status: 403 });
    const unclear = await run(CREATE);
    expect(unclear.log).toContain('Unknown: the keyset B2C_1A_Signing may have been written.');
    expect([refused.result, unclear.result]).toEqual(['failure', 'failure']);
    expect(requests('upload')).toBe(0);
  });
});

test('a dry run creates nothing', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const { outputs, log } = await run({ ...CREATE, 'dry-run': 'true' });
    expect(outputs).toMatchObject({ outcome: 'would-upload', changed: 'false', 'keyset-created': 'false' });
    expect(log).toContain('it would be created (create-keyset)');
    expect(requests('create') + requests('upload')).toBe(0);
    expect(emulator.tenant.keysets.size).toBe(0);
  });
});

test('without create-keyset a missing keyset is an error with the most similar IDs', async () => {
  await scenario({ behavior: { listKeys: false } }, async ({ emulator, run, requests }) => {
    for (const id of [
      'SigningOld',
      'Encryption',
      'Signing.bak',
      'signing',
      'TokenSigning',
      'Facebook',
      'Google',
      'Apple',
    ])
      emulator.seed(`B2C_1A_${id}`);
    const { result, log } = await run();
    expect(result).toBe('failure');
    expect(log).toContain(
      'The keyset B2C_1A_Signing does not exist in this tenant. Did you mean B2C_1A_signing, B2C_1A_SigningOld, ',
    );
    expect(log).toContain('create-keyset: true');
    expect(log).not.toContain('.bak');
    expect(requests('create') + requests('upload')).toBe(0);
  });
});

test('the error has no IDs when the keysets cannot be listed', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.faults.inject({ at: 'list', kind: 'status', status: 403 });
    const { result, log } = await run();
    expect(result).toBe('failure');
    expect(log).toContain('The keyset B2C_1A_Signing does not exist in this tenant.');
    expect(log).not.toContain('Did you mean');
  });
});
