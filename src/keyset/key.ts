import type { X509Certificate } from 'node:crypto';
import { readX509 } from '../shared/x509.ts';
import { isRecord, readText } from '../shared/json.ts';

/**
 * One key of a keyset, as far as the service tells. Everything but the place in the list can be missing.
 * @see https://learn.microsoft.com/graph/api/resources/trustframeworkkey
 */
export interface Key {
  readonly kid?: string | undefined;
  /** `RSA` or `oct`, in whatever case the service writes it. */
  readonly kty?: string | undefined;
  readonly use?: string | undefined;
  readonly status?: string | undefined;
  readonly nbf?: Date | undefined;
  readonly exp?: Date | undefined;
  /** DER of the certificate, leaf first; empty for keys that are no certificate. */
  readonly x5c: readonly Buffer[];
  readonly x5t?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
}

export interface Keyset {
  readonly id: string;
  readonly keys: readonly Key[];
}

/** A keyset as a list may bring it: its keys can have been left out, which is not the same as none. */
export interface ListedKeyset {
  readonly id: string;
  readonly keys: readonly Key[] | undefined;
}

/**
 * A NumericDate (RFC 7519: seconds since 1970, UTC) that may come as a number, as a numeric string, as null or not at all:
 * the documentation of this API shows both spellings. A date in words (RFC 3339) is understood too: what is not would count as
 * "never expires".
 *
 * @returns nothing where it is no instant that a Date can hold
 */
export function readNumericDate(value: unknown): Date | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  const isDate = /^\d{4}-\d\d-\d\dT/.test(text);
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : value;
  const date = isDate ? new Date(text) : new Date(typeof seconds === 'number' ? seconds * 1000 : NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Narrows a `trustFrameworkKey`. Members of the wrong type count as absent: one odd key must not hide the others.
 *
 * @returns nothing where the value is no object at all
 */
export function readKey(value: unknown): Key | undefined {
  if (!isRecord(value)) return undefined;
  const x5c: unknown[] = Array.isArray(value.x5c) ? value.x5c : [];
  return {
    kid: readText(value.kid),
    kty: readText(value.kty),
    use: readText(value.use),
    status: readText(value.status),
    nbf: readNumericDate(value.nbf),
    exp: readNumericDate(value.exp),
    x5c: x5c
      .map(readText)
      .filter((entry) => entry !== undefined)
      .map((entry) => Buffer.from(entry.replace(/-----[^-]+-----/g, ''), 'base64')),
    x5t: readText(value.x5t),
    n: readText(value.n),
    e: readText(value.e),
  };
}

/**
 * Narrows a `trustFrameworkKeySet`.
 *
 * @returns nothing where it is none
 */
export function readKeyset(value: unknown): ListedKeyset | undefined {
  if (!isRecord(value)) return undefined;
  const id = readText(value.id);
  if (id === undefined) return undefined;
  const keys = value.keys;
  if (keys !== undefined && keys !== null && !Array.isArray(keys)) return undefined;
  return { id, keys: keys?.map(readKey).filter((key) => key !== undefined) };
}

/** What two sources tell of the same key; where both do, the second one counts. */
export function overlay(first: Key, second: Key): Key {
  const told = Object.entries(second).filter(([, value]) => value !== undefined);
  return { ...first, ...Object.fromEntries(told), x5c: second.x5c.length > 0 ? second.x5c : first.x5c };
}

/** When a key can be used: from `start` on (always, when missing) until before `end` (for ever, when missing). */
export interface Validity {
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  /** The key's `exp` and its certificate's NotAfter are not the same instant. */
  readonly endsDisagree: boolean;
}

const validities = new WeakMap<Key, Validity>();

/** The key's own dates, else its certificate's; of two ends the earlier one, which is the careful reading. */
export function validityOf(key: Key): Validity {
  let validity = validities.get(key);
  if (validity === undefined) {
    const certificate = parseQuietly(key.x5c[0]);
    const [end, otherEnd] = [key.exp, certificate?.validToDate]
      .filter((instant) => instant !== undefined)
      .sort((a, b) => Number(a) - Number(b));
    validity = {
      start: key.nbf ?? certificate?.validFromDate,
      end,
      endsDisagree: otherEnd !== undefined && Number(otherEnd) !== Number(end),
    };
    validities.set(key, validity);
  }
  return validity;
}

/** The certificate that a key shows; nothing where it shows none, or one that cannot be read. */
function parseQuietly(der: Buffer | undefined): X509Certificate | undefined {
  if (der === undefined) return undefined;
  try {
    return readX509(der);
  } catch {
    return undefined;
  }
}

/** A status that is absent or unknown counts as enabled. */
export const isDisabled = (key: Key): boolean => key.status?.toLowerCase() === 'disabled';
