import type { EmulatorOptions, Fault, RequestFault, Step } from '../../emulator/index.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { certificateKey, keyOf } from '../../emulator/index.ts';
import { X509Certificate } from 'node:crypto';

/** One run of the upload under adverse conditions. */
export interface Case {
  readonly name: string;
  readonly options: EmulatorOptions;
  /** What the keyset holds before; nothing where it does not exist yet, and is to be created. */
  readonly keys: readonly Parameters<typeof keyOf>[0][] | undefined;
  readonly faults: readonly Fault[];
  /** It has to succeed. */
  readonly survives: boolean;
  /** How many times its faults applyFault; only whether they applyFault at all where nothing is said. */
  readonly applied: number | undefined;
}

interface Place {
  readonly name: string;
  readonly at: Step;
  readonly skip?: number;
  readonly keys: Case['keys'];
}

/** Started a second after the fixture's certificate, so that the new key is not the active one. */
const NEWER = keyOf({
  nbf: certificateKey(new X509Certificate(fixtureDer('signing.pem'))).nbf ?? 0,
  exp: 4_000_000_000,
});

/** Every request of the story. */
const PLACES: readonly Place[] = [
  { name: 'oidc', at: 'oidc', keys: [] },
  { name: 'token', at: 'token', keys: [] },
  { name: 'keyset', at: 'keyset', keys: [] },
  { name: 'active', at: 'active', keys: [] },
  { name: 'create', at: 'create', keys: undefined },
  { name: 'upload', at: 'upload', keys: [] },
  { name: 'active-after', at: 'active', skip: 1, keys: [] },
  { name: 'keyset-after', at: 'keyset', skip: 1, keys: [NEWER] },
];

const PASSING: readonly RequestFault[] = [
  { kind: 'reset' },
  { kind: 'reset-after' },
  { kind: 'timeout' },
  { kind: 'timeout-after' },
  { kind: 'truncated' },
  { kind: 'empty' },
  { kind: 'status', status: 408 },
  ...[500, 502, 503, 504].flatMap((status): RequestFault[] => [
    { kind: 'status', status },
    { kind: 'status-after', status },
  ]),
  { kind: 'throttled' },
  { kind: 'throttled', retryAfter: 1 },
  { kind: 'html' },
  { kind: 'html', status: 200 },
  { kind: 'garbage' },
  { kind: 'delay', ms: 1000 },
];
const PASSING_AT_GRAPH: readonly RequestFault[] = [
  { kind: 'concurrent' },
  { kind: 'service-problem' },
  { kind: 'unknown-error' },
  { kind: 'non-odata', status: 500 },
  { kind: 'garbage', body: { error: { code: 'AADB2C90063', message: 'There is a problem with the service.' } } },
];
const PASSING_AT_ENTRA: readonly RequestFault[] = [90033, 90090, 90024, 90012, 90055].map((code) => ({
  kind: 'aadsts',
  code,
}));
const LASTING: readonly RequestFault[] = [
  { kind: 'status', status: 403 },
  { kind: 'non-odata' },
  { kind: 'redirect' },
  { kind: 'hostile', text: '::error::owned' },
];

/** The service does its work, and the answer is lost: an upload is then found, and not sent twice. */
const CARRIED_OUT: readonly RequestFault['kind'][] = [
  'reset-after',
  'timeout-after',
  'truncated',
  'empty',
  'status-after',
];

const nameOf = (fault: object): string =>
  Object.entries(fault)
    .filter(([name]) => name !== 'at' && name !== 'skip' && name !== 'times')
    .map(([, value]) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ');

function faultsAtRequests(): Case[] {
  return PLACES.flatMap(({ name, keys, ...trigger }) => {
    const isGraph = trigger.at !== 'oidc' && trigger.at !== 'token';
    const passing = [
      ...PASSING,
      ...(isGraph ? PASSING_AT_GRAPH : []),
      ...(trigger.at === 'token' ? PASSING_AT_ENTRA : []),
    ];
    const make = (requestFault: RequestFault, times: number, isPassing: boolean): Case => {
      const found = trigger.at === 'upload' && CARRIED_OUT.includes(requestFault.kind);
      // After a delay nothing is asked again.
      const isDelay = requestFault.kind === 'delay';
      return {
        name: `${name}: ${nameOf(requestFault)} × ${times}`,
        options: {},
        keys,
        faults: [{ ...trigger, times, ...requestFault }],
        survives: isPassing || trigger.at === 'active',
        applied: !isPassing || isDelay ? undefined : found ? 1 : times,
      };
    };
    return [1, 2].flatMap((times) => [
      ...passing.map((requestFault) => make(requestFault, times, true)),
      ...LASTING.map((requestFault) => make(requestFault, times, false)),
    ]);
  });
}

function faultsOfConnections(): Case[] {
  const hosts = ['login.microsoftonline.com', 'graph.microsoft.com', '*'];
  const connectionFaults = ['refuse', 'handshake-reset', 'wrong-certificate', 'drop', 'proxy-auth'] as const;
  return hosts.flatMap((at) =>
    connectionFaults.flatMap((kind) =>
      [1, 2].map((times): Case => ({
        name: `${at}: ${kind} × ${times}`,
        options: {},
        keys: [],
        faults: [{ at, kind, times }],
        survives: kind !== 'proxy-auth',
        applied: kind === 'proxy-auth' ? undefined : times,
      })),
    ),
  );
}

/** Ways of the service that are in doubt, alone and together with an upload that was lost on the way there or back. */
function behavior(): Case[] {
  const ways: Record<string, NonNullable<EmulatorOptions['behavior']>> = {
    'reads 3 s late': { staleReadsMs: 3000 },
    'reads 10 s late': { staleReadsMs: 10_000 },
    'missing for 5 s after its creation': { missingAfterCreateMs: 5000 },
    'missing as 400': { missingStatus: 400 },
    'missing as AADB2C95052': { missingCode: 'AADB2C95052' },
    'missing as AADB2C90130 under 400': { missingCode: 'AADB2C90130', missingStatus: 400 },
    'duplicates refused': { duplicates: 'refuse' },
    'duplicates refused, reads 3 s late': { duplicates: 'refuse', staleReadsMs: 3000 },
    'dates as strings': { dates: 'strings' },
    'no dates': { hidden: ['nbf', 'exp', 'status'] },
    'no x5t': { hidden: ['x5t', 'status'] },
    'no x5c': { hidden: ['x5c', 'status'] },
    'nothing but kid and public key': { hidden: ['x5t', 'x5c', 'use', 'status', 'nbf', 'exp'], kid: 'rfc7638' },
    'kid of RFC 7638': { kid: 'rfc7638' },
    'no kid': { hidden: ['kid', 'status'] },
    'new keys disabled': { newKeys: 'disabled', hidden: [] },
    'new keys disabled, and no status shown': { newKeys: 'disabled' },
    'getActiveKey fails': { activeKey: 'fails' },
    'getActiveKey knows of none': { activeKey: 'none' },
  };
  const requestFaults: readonly [RequestFault | undefined, ...Case['keys'][]][] = [
    [undefined, [], undefined],
    [{ kind: 'reset-after' }, [], undefined],
    [{ kind: 'reset' }, []],
  ];
  return Object.entries(ways).flatMap(([way, options]) =>
    requestFaults.flatMap(([requestFault, ...befores]) =>
      befores.map((keys): Case => ({
        name: `${way}${requestFault ? `, upload: ${nameOf(requestFault)}` : ''}, ${keys ? 'empty keyset' : 'no keyset'}`,
        options: { behavior: options },
        keys,
        faults: requestFault ? [{ at: 'upload', ...requestFault }] : [],
        survives: true,
        applied: requestFault ? 1 : 0,
      })),
    ),
  );
}

/** The slowest to be expected first, so that nothing is left waiting for them at the end. */
export function cases(): Case[] {
  const seconds = ({ name }: Case): number =>
    (/timeout|drop/.test(name) ? 20 : 0) +
    (name.includes('upload') ? 10 : 0) +
    (/late|no kid|fails/.test(name) ? 10 : 0) +
    (name.endsWith('× 2') ? 5 : 0);
  return [...faultsAtRequests(), ...faultsOfConnections(), ...behavior()].sort((a, b) => seconds(b) - seconds(a));
}
