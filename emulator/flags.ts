import type { ConnectionFault, Fault, RequestFault } from './faults.ts';
import { isRecord, STEPS } from './request-log.ts';
import { isBehavior, type ServiceBehavior } from './service-behavior.ts';

/** The members that each kind of fault cannot do without, and their types. */
const NEEDS: Readonly<Record<(RequestFault | ConnectionFault)['kind'], Readonly<Record<string, string>>>> = {
  reset: {},
  'reset-after': {},
  timeout: {},
  'timeout-after': {},
  truncated: {},
  empty: {},
  status: { status: 'number' },
  'status-after': { status: 'number' },
  throttled: {},
  concurrent: {},
  'service-problem': {},
  'unknown-error': {},
  'non-odata': {},
  html: {},
  garbage: {},
  aadsts: { code: 'number' },
  redirect: {},
  hostile: { text: 'string' },
  delay: { ms: 'number' },
  refuse: {},
  'handshake-reset': {},
  'wrong-certificate': {},
  drop: {},
  'proxy-auth': {},
};

/** All kinds of fault, for the help text. */
export const KINDS: readonly string[] = Object.keys(NEEDS);

/** `value` as JSON where it is JSON, else as the text it is. */
function looseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function member(text: string): [string, unknown] {
  const [name = '', value = ''] = text.split(/=(.*)/s);
  return [name, looseJson(value)];
}

/** ServiceBehavior from `name=value` each. Throws an `Error` when one does not exist or has no such value. */
export function behaviorFrom(settings: readonly string[]): Partial<ServiceBehavior> {
  const behavior = Object.fromEntries(settings.map(member));
  if (isBehavior(behavior)) return behavior;
  throw new Error(`No such behavior, or no such value of it: ${settings.join(' ')}`);
}

/** A fault from `at:kind`, or from `at:kind:name=value,…`. Throws an `Error` when it makes no sense. */
export function faultFrom(setting: string): Fault {
  const [, at, kind, members] = /^([^:]+):([^:]+)(?::(.*))?$/s.exec(setting) ?? [];
  const fault = { ...Object.fromEntries((members?.split(',') ?? []).map(member)), at, kind };
  if (isFault(fault)) return fault;
  throw new Error(`No such fault: ${setting}`);
}

function isFault(value: unknown): value is Fault {
  if (!isRecord(value) || typeof value.at !== 'string') return false;
  const needs = Object.entries(NEEDS).find(([kind]) => kind === value.kind)?.[1];
  if (needs === undefined) return false;
  const isPlace = STEPS.some((step) => step === value.at) || /[.*]/.test(value.at);
  return isPlace && Object.entries(needs).every(([name, type]) => typeof value[name] === type);
}
