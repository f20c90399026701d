import { X509Certificate } from 'node:crypto';
import {
  certificateKey,
  type EmulatorOptions,
  type Fault,
  keyOf,
  type Key,
  type RequestFault,
  type ServiceBehavior,
  type Step,
} from '../../emulator/index.ts';
import { fixtureDer } from '../fixtures/index.ts';

/** One run of the upload under adverse conditions. */
export interface Case {
  readonly name: string;
  readonly options: EmulatorOptions;
  /** The keys in the keyset before; undefined where it does not exist yet and is to be created. */
  readonly keys: readonly Partial<Key>[] | undefined;
  readonly faults: readonly Fault[];
  /** Whether the run has to succeed. */
  readonly survives: boolean;
  /** How many times its faults are applied; undefined: at least once. */
  readonly applied: number | undefined;
}

interface Place {
  readonly name: string;
  readonly at: Step;
  readonly skip?: number;
  readonly keys: Case['keys'];
  /** A read like one before it in this list: a fault of each kind is enough. */
  readonly isLikeBefore?: true;
}

/** Valid from a second after the fixture's certificate, so that the new key is not the active one. */
const NEWER = keyOf({
  nbf: (certificateKey(new X509Certificate(fixtureDer('signing.pem'))).nbf ?? 0) + 1,
  exp: 4_000_000_000,
});

/** Every request of an upload. */
const PLACES: readonly Place[] = [
  { name: 'oidc', at: 'oidc', keys: [] },
  { name: 'token', at: 'token', keys: [] },
  { name: 'keyset', at: 'keyset', keys: [] },
  { name: 'active', at: 'active', keys: [], isLikeBefore: true },
  { name: 'create', at: 'create', keys: undefined },
  { name: 'upload', at: 'upload', keys: [] },
  { name: 'active-after', at: 'active', skip: 1, keys: [], isLikeBefore: true },
  { name: 'keyset-after', at: 'keyset', skip: 1, keys: [NEWER], isLikeBefore: true },
];

/** What goes wrong once, and then no more. Of statuses that mean the same there is one. */
const TRANSIENT: readonly RequestFault[] = [
  { kind: 'reset' },
  { kind: 'reset-after' },
  { kind: 'timeout' },
  { kind: 'timeout-after' },
  { kind: 'truncated' },
  { kind: 'empty' },
  { kind: 'status', status: 408 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status-after', status: 504 },
  { kind: 'throttled' },
  { kind: 'throttled', retryAfter: 30 },
  { kind: 'html' },
  { kind: 'html', status: 200 },
  { kind: 'garbage' },
  { kind: 'delay', ms: 200 },
];
/** One each of: no response, part of one, an error, a rejection, a response of something else. */
const TRANSIENT_IN_SHORT: readonly RequestFault[] = [
  { kind: 'reset' },
  { kind: 'timeout' },
  { kind: 'truncated' },
  { kind: 'status', status: 503 },
  { kind: 'throttled', retryAfter: 30 },
  { kind: 'html', status: 200 },
  { kind: 'garbage' },
];
const TRANSIENT_AT_GRAPH: readonly RequestFault[] = [
  { kind: 'concurrent' },
  { kind: 'service-problem' },
  { kind: 'unknown-error' },
  { kind: 'non-odata', status: 500 },
  { kind: 'garbage', body: { error: { code: 'AADB2C90063', message: 'There is a problem with the service.' } } },
];
const TRANSIENT_AT_ENTRA: readonly RequestFault[] = [{ kind: 'aadsts', code: 90033 }];
/** What goes wrong twice: a request that the service never saw, one that it carried out, and one that it rejected. */
const REPEATED: readonly RequestFault['kind'][] = ['reset', 'reset-after', 'concurrent', 'aadsts'];
const PERMANENT: readonly RequestFault[] = [
  { kind: 'status', status: 403 },
  { kind: 'non-odata' },
  { kind: 'redirect' },
  { kind: 'hostile', text: '::error::owned' },
];
/** Writes that are carried out after the response. */
const LATE: readonly (RequestFault & { lateMs: number })[] = [
  { kind: 'status-after', status: 504, lateMs: 5000 },
  { kind: 'reset-after', lateMs: 5000 },
  { kind: 'timeout-after', lateMs: 5000 },
  { kind: 'status-after', status: 504, lateMs: 40_000 },
];

/** The service does its work and the response is lost: an upload is then found, and not sent twice. */
const CARRIED_OUT: readonly RequestFault['kind'][] = [
  'reset-after',
  'timeout-after',
  'truncated',
  'empty',
  'status-after',
];

const nameOf = (fault: object): string =>
  Object.entries(fault)
    .map(([name, value]) => (name === 'kind' ? String(value) : `${name} ${JSON.stringify(value)}`))
    .join(', ');

function faultsAtRequests(): Case[] {
  return PLACES.flatMap(({ name, keys, isLikeBefore = false, ...trigger }) => {
    const isGraph = trigger.at !== 'oidc' && trigger.at !== 'token';
    const isWrite = trigger.at === 'upload' || trigger.at === 'create';
    const transient = isLikeBefore
      ? TRANSIENT_IN_SHORT
      : [
          ...TRANSIENT,
          ...(isGraph ? TRANSIENT_AT_GRAPH : []),
          ...(trigger.at === 'token' ? TRANSIENT_AT_ENTRA : []),
          ...(isWrite ? LATE : []),
        ];
    const make = (requestFault: RequestFault, times: number, isTransient: boolean): Case => {
      const found = trigger.at === 'upload' && CARRIED_OUT.includes(requestFault.kind);
      // An upload that vanishes twice is not sent a third time.
      const isUnknown = trigger.at === 'upload' && requestFault.kind === 'reset' && times === 2;
      // A delayed response is none that is asked for again.
      const isDelay = requestFault.kind === 'delay';
      return {
        name: `${name} ${nameOf(requestFault)}${times === 1 ? '' : ', twice'}`,
        options: {},
        keys,
        faults: [{ ...trigger, times, ...requestFault }],
        survives: (isTransient && !isUnknown) || trigger.at === 'active',
        applied: !isTransient || isDelay ? undefined : found ? 1 : times,
      };
    };
    const repeated = isLikeBefore ? [] : transient.filter(({ kind }) => REPEATED.includes(kind));
    const permanent = isLikeBefore ? PERMANENT.slice(0, 1) : PERMANENT;
    return [
      ...transient.map((requestFault) => make(requestFault, 1, true)),
      ...repeated.map((requestFault) => make(requestFault, 2, true)),
      ...permanent.map((requestFault) => make(requestFault, 1, false)),
    ];
  });
}

function faultsOfConnections(): Case[] {
  const hosts = ['login.microsoftonline.com', 'graph.microsoft.com', '*'];
  const connectionFaults = ['refuse', 'handshake-reset', 'wrong-certificate', 'drop', 'proxy-auth'] as const;
  const make = (at: string, kind: (typeof connectionFaults)[number], times: number): Case => ({
    name: `${at} ${kind}${times === 1 ? '' : ', twice'}`,
    options: {},
    keys: [],
    faults: [{ at, kind, times }],
    survives: kind !== 'proxy-auth',
    applied: kind === 'proxy-auth' ? undefined : times,
  });
  return hosts.flatMap((at) => [...connectionFaults.map((kind) => make(at, kind, 1)), make(at, 'handshake-reset', 2)]);
}

/** Behavior of the service that is in doubt, by itself and together with an upload whose response is lost. */
function behaviors(): Case[] {
  const behaviors: Record<string, NonNullable<EmulatorOptions['behavior']>> = {
    'reads 3 s late': { staleReadsMs: 3000 },
    'reads 10 s late': { staleReadsMs: 10_000 },
    'missing for 5 s after its creation': { missingAfterCreateMs: 5000 },
    'missing as 400': { missingStatus: 400 },
    'missing as AADB2C95052': { missingCode: 'AADB2C95052' },
    'missing as AADB2C90130 under 400': { missingCode: 'AADB2C90130', missingStatus: 400 },
    'duplicates refused': { duplicates: 'refuse' },
    'duplicates refused, reads 3 s late': { duplicates: 'refuse', staleReadsMs: 3000 },
    'dates as strings': { dates: 'strings' },
    'no dates': { hidden: ['nbf', 'exp'] },
    'no x5t': { hidden: ['x5t'] },
    'no x5c': { hidden: ['x5c'] },
    'nothing but kid and public key': { hidden: ['x5t', 'x5c', 'use', 'nbf', 'exp'], kid: 'rfc7638' },
    'kid of RFC 7638': { kid: 'rfc7638' },
    'no kid': { hidden: ['kid'] },
    'status shown': { statusShownBy: 'keyset' },
    'new keys disabled': { newKeys: 'disabled', statusShownBy: 'keyset' },
    'new keys disabled, and no status shown': { newKeys: 'disabled', statusShownBy: 'nobody' },
    'getActiveKey fails': { activeKey: 'fails' },
    'getActiveKey knows of none': { activeKey: 'none' },
  };
  const lost: readonly [RequestFault | undefined, Case['keys']][] = [
    [undefined, []],
    [undefined, undefined],
    [{ kind: 'reset-after' }, []],
  ];
  /** How keys look has nothing to do with how a keyset is created. */
  const isAboutKeys = ({ hidden, dates, kid, newKeys, statusShownBy, activeKey }: Partial<ServiceBehavior>): boolean =>
    [hidden, dates, kid, newKeys, statusShownBy, activeKey].some((member) => member !== undefined);
  return Object.entries(behaviors).flatMap(([name, behavior]) =>
    lost
      .filter(([, keys]) => keys !== undefined || !isAboutKeys(behavior))
      .map(([requestFault, keys]): Case => ({
        name: `${name}, ${requestFault ? `upload ${requestFault.kind}` : keys ? 'empty keyset' : 'no keyset'}`,
        options: { behavior },
        keys,
        faults: requestFault ? [{ at: 'upload', ...requestFault }] : [],
        survives: true,
        applied: requestFault ? 1 : 0,
      })),
  );
}

/** The tunnels that are never opened come first: they are waited for in real time. */
export function cases(): Case[] {
  const connections = faultsOfConnections();
  const isDropped = ({ name }: Case): boolean => name.includes('drop');
  return [
    ...connections.filter(isDropped),
    ...connections.filter((one) => !isDropped(one)),
    ...faultsAtRequests(),
    ...behaviors(),
  ];
}
