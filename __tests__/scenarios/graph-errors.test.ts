import { expect, test } from '@jest/globals';
import type { Fault } from '../../emulator/index.ts';
import { scenario } from './scenario.ts';

const says = (code: string, message = 'The words of the service.'): string =>
  JSON.stringify({ error: { code, message, innerError: { 'request-id': 'r-1', correlationId: 'c-1' } } });

interface Refusal {
  name: string;
  fault: Fault;
  says: string[];
  /** Requests of the step that fails. */
  requests?: number;
}

const refused = (at: 'keyset' | 'upload', status: number, code: string): Fault => ({
  at,
  kind: 'status',
  status,
  body: says(code),
});

const REFUSALS: Refusal[] = [
  {
    name: '401',
    fault: { at: 'keyset', kind: 'status', status: 401 },
    says: ['HTTP 401 InvalidAuthenticationToken', 'does not accept the access token', '#http-401', 'request-id: '],
  },
  {
    name: 'a code that nobody knows',
    fault: refused('keyset', 400, 'AADB2C99999'),
    says: [
      'Reading the keyset B2C_1A_Signing failed: HTTP 400 AADB2C99999. Response: The words of the service.',
      'request-id: r-1\nclient-request-id: ',
      'correlationId: c-1\ndate: ',
      '#unknown-error',
    ],
  },
  {
    name: 'a backend that is lost',
    fault: { at: 'keyset', kind: 'non-odata' },
    says: ['Response: No HTTP resource was found', 'No action was found', '#http-404'],
  },
  {
    name: 'a page of a proxy',
    fault: { at: 'keyset', kind: 'html', status: 403 },
    says: ['Response: <!DOCTYPE html>', 'responded instead of the service', '#intermediary-response'],
  },
  {
    name: 'another keyset than the one that was asked for, at each attempt',
    fault: { at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Encryption', keys: [] }, times: 9 },
    says: [
      'unexpected response, expected the keyset B2C_1A_Signing (graph.microsoft.com)',
      '#network-invalid-response',
    ],
    requests: 5,
  },
  {
    name: 'a keyset without its keys, at each attempt',
    fault: { at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Signing' }, times: 9 },
    says: [
      'unexpected response, expected its keys (graph.microsoft.com)',
      'The response was truncated',
      '#network-invalid-response',
    ],
    requests: 5,
  },
  {
    name: 'a service with a problem that stays',
    fault: { at: 'keyset', kind: 'service-problem', times: 9 },
    says: ['HTTP 500 AADB2C90063. Response: There is a problem with the service.', '#http-5xx', 'correlationId: '],
    requests: 5,
  },
  {
    name: 'an UnknownError that stays',
    fault: { at: 'keyset', kind: 'unknown-error', times: 9 },
    says: ['HTTP 500 UnknownError. No further details.', '#http-5xx', 'request-id: '],
    requests: 5,
  },
  {
    name: 'throttling that stays',
    fault: { at: 'keyset', kind: 'throttled', retryAfter: 0, times: 9 },
    says: ['HTTP 429 AADB2C95043', 'max-parallel', '#http-429'],
    requests: 5,
  },
  ...(
    [
      ['AADB2C95042', 400, 'signature and encryption'],
      ['AADB2C90089', 400, 'must have the same type', 'aadb2c95032'],
      ['AADB2C90213', 400, 'Please report it with the IDs below'],
      ['AADB2C90215', 400, 'keys for another use'],
      ['AADB2C90179', 400, 'openssl x509 -noout -text'],
      ['AADB2C90214', 400, 'Renew it first'],
      ['AADB2C90137', 400, '2048 bits or more'],
    ] as const
  ).map(([code, status, fix, anchor = code.toLowerCase()]) => ({
    name: code,
    fault: refused('upload', status, code),
    says: [`Uploading to the keyset B2C_1A_Signing failed: HTTP ${status} ${code}.`, fix, `#${anchor}`],
  })),
  {
    name: 'AADB2C95053 that stays',
    fault: { at: 'upload', kind: 'concurrent', times: 9 },
    says: ['HTTP 409 AADB2C95053', 'concurrency:', '#aadb2c95053'],
    requests: 5,
  },
];

test.concurrent.each(REFUSALS)('Graph says no, $name: why, and what to do', async ({ fault, says, requests = 1 }) => {
  await scenario({}, async ({ emulator, run, requests: arrived }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject(fault);
    const { result, log, annotations, outputs } = await run();
    expect(result).toBe('failure');
    expect(outputs).toEqual({});
    for (const text of [...says, 'No changes were made.']) expect(log).toContain(text);
    const errors = annotations.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(says.find((text) => text.startsWith('#')));
    expect(arrived(String(fault.at))).toBe(requests);
    expect(keyset.keys).toHaveLength(0);
  });
});

test.concurrent.each([
  { name: 'no app role', roles: [], doing: 'Reading the keyset B2C_1A_Signing failed' },
  {
    name: 'the role for reading alone',
    roles: ['TrustFrameworkKeySet.Read.All'],
    doing: 'Uploading to the keyset B2C_1A_Signing failed',
  },
] as const)('403 with $name: names both roles, where they are assigned and how', async ({ roles, doing }) => {
  await scenario({ app: { roles: [...roles] } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const { log } = await run();
    for (const text of [
      `${doing}: HTTP 403 AADB2C.`,
      'TrustFrameworkKeySet.ReadWrite.All',
      'TrustFrameworkKeySet.Read.All',
      'In the B2C tenant',
      'application permission',
      'admin consent',
      'minutes',
      '#http-403',
    ])
      expect(log).toContain(text);
    expect(requests(roles.length > 0 ? 'upload' : 'keyset')).toBe(1);
  });
});

test.concurrent('the role for reading is enough for dry-run', async () => {
  await scenario({ app: { roles: ['TrustFrameworkKeySet.Read.All'] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect(await run({ 'dry-run': 'true' })).toMatchObject({
      result: 'success',
      outputs: { outcome: 'would-upload' },
    });
  });
});

test.concurrent.each([
  ['on another host', 'https://elsewhere.example/beta/trustFramework/keySets'],
  ['nowhere', 'https://['],
])('a list whose next page is said to be %s gets no token there, and the error does without it', async (_, next) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const body = { value: [{ id: 'B2C_1A_Signing1' }], '@odata.nextLink': next };
    emulator.faults.inject({ at: 'list', kind: 'garbage', body });
    const { log } = await run();
    expect(log).toContain('The keyset B2C_1A_Signing does not exist in this tenant.\n');
    expect(requests('list')).toBe(1);
    expect(emulator.requestLog.map(({ host }) => host)).not.toContain('elsewhere.example');
  });
});

test.concurrent('a list of several pages is read to its end', async () => {
  await scenario({ behavior: { pageSize: 1 } }, async ({ emulator, run, requests }) => {
    for (const id of ['B2C_1A_Other', 'B2C_1A_Encryption', 'B2C_1A_Signing2']) emulator.seed(id);
    const { log } = await run();
    expect(log).toContain('Did you mean B2C_1A_Signing2');
    expect(requests('list')).toBe(3);
  });
});

const HOSTILE = [
  '::set-output name=kid::stolen',
  '\n::add-mask::contoso\r\n::error::fake',
  '##[error]fake ##[add-mask]contoso',
  '%0A::set-env name=NODE_OPTIONS::--require evil%0A',
  '\u001b[31mred\u001b[0m \u202Eright to left',
  '::'.repeat(200_000),
].join(' ');

test.concurrent.each(['token', 'keyset', 'upload'] as const)(
  'hostile text in an answer to the %s request starts nothing, and leaves room for the rest',
  async (at) => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at, kind: 'hostile', text: HOSTILE });
      const { log, outputs, commands, masks, annotations, exported } = await run({}, { debug: true });
      expect(outputs).toEqual({});
      expect(exported).toEqual({});
      expect(masks).not.toContain('contoso');
      const names = new Set(commands.map(({ name }) => name));
      for (const name of names) expect(['add-mask', 'debug', 'error', 'notice']).toContain(name);
      expect(annotations.filter(({ level }) => level === 'error')).toHaveLength(1);
      for (const control of ['\u001b', '\u202e']) expect(log).not.toContain(control);
      expect(log).toContain('No changes were made.');
      expect(log).toMatch(/troubleshooting\.md#[a-z-]+$/m);
      for (const line of log.split('\n')) expect(line.length).toBeLessThanOrEqual(4100);
    });
  },
);
