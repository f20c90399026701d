import type { X509Certificate } from 'node:crypto';
import type { TrustFrameworkKey, TrustFrameworkKeySet } from '@microsoft/microsoft-graph-types-beta';
import { isRecord, readText } from '../shared/json.ts';
import { readX509 } from '../shared/x509.ts';

/**
 * One key of a keyset, as far as the service shows it. Every member can be missing.
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
  /** One of the dates cannot be read, and counts as absent. */
  readonly hasUnreadableDate?: boolean;
  /** DER of the certificate, leaf first; empty for keys without a certificate. */
  readonly x5c: readonly Buffer[];
  readonly x5t?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
}

export interface Keyset {
  readonly id: string;
  readonly keys: readonly Key[];
}

/** A keyset in a response, which may show some of its keys only. */
export interface KeysetPage {
  readonly id: string;
  /** Undefined if a list leaves them out; that is not the same as none. */
  readonly keys: readonly Key[] | undefined;
  /** URL of its next keys. */
  readonly nextLink?: string | undefined;
}

/** JSON with the members of a documented type: a misspelled name does not compile. */
type Untrusted<T> = { readonly [Member in keyof T]?: unknown };

/** A key in a sentence. */
export const keyName = ({ kid }: Key): string => (kid === undefined ? 'a key without kid' : `key ${kid}`);

/**
 * Narrows a `trustFrameworkKey`. Members of the wrong type count as absent: one odd key must not hide the others.
 *
 * @returns undefined if the value is no object
 */
export function readKey(value: unknown): Key | undefined {
  if (!isRecord(value)) return undefined;
  const json: Untrusted<TrustFrameworkKey> = value;
  const x5c: unknown[] = Array.isArray(json.x5c) ? json.x5c : [];
  const [nbf, exp] = [readNumericDate(json.nbf), readNumericDate(json.exp)];
  return {
    kid: readText(json.kid),
    kty: readText(json.kty),
    use: readText(json.use),
    status: readText(json.status),
    nbf,
    exp,
    hasUnreadableDate: (nbf === undefined && isPresent(json.nbf)) || (exp === undefined && isPresent(json.exp)),
    x5c: x5c
      .map(readText)
      .filter((entry) => entry !== undefined)
      .map((entry) => Buffer.from(entry.replace(/-----[^-]+-----/g, ''), 'base64')),
    x5t: readText(json.x5t),
    n: readText(json.n),
    e: readText(json.e),
  };
}

/**
 * Narrows a `trustFrameworkKeySet`.
 *
 * @returns undefined if it is none
 */
export function readKeyset(value: unknown): KeysetPage | undefined {
  if (!isRecord(value)) return undefined;
  const json: Untrusted<TrustFrameworkKeySet> = value;
  const { keys } = json;
  const id = readText(json.id);
  if (id === undefined || (keys !== undefined && keys !== null && !Array.isArray(keys))) return undefined;
  return {
    id,
    keys: keys?.map(readKey).filter((key) => key !== undefined),
    nextLink: readText(value['keys@odata.nextLink']),
  };
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

/** Seconds since 1970 at the end of the year 9999, after which RFC 3339 has no dates. */
const MAX_SECONDS = 253_402_300_799;

/**
 * A NumericDate (RFC 7519: seconds since 1970, UTC), as a number or a numeric string: the documentation of this API shows both.
 * A date in words (RFC 3339) is read too, and a number of milliseconds, which no number of seconds can be confused with.
 *
 * @returns undefined if it is no instant of the years 0 to 9999
 */
export function readNumericDate(value: unknown): Date | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  const isDate = /^\d{4}-\d\d-\d\dT/.test(text);
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : typeof value === 'number' ? value : NaN;
  const zoned = /(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text}Z`;
  const date = isDate ? new Date(zoned) : new Date(number > MAX_SECONDS ? number : number * 1000);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date : undefined;
}

/** When a key can be used: from `start` (always, when missing) until before `end` (forever, when missing). */
type Validity = ReturnType<typeof readValidity>;

/** Reading a certificate is slow, and a forecast asks for the same key many times. */
const validities = new WeakMap<Key, Validity>();

/** The key's own dates, else its certificate's; of two ends the earlier one, which is the careful reading. */
export function validityOf(key: Key): Validity {
  const validity = validities.get(key) ?? readValidity(key);
  validities.set(key, validity);
  return validity;
}

function readValidity(key: Key) {
  const certificate = tryParseCertificate(key.x5c[0]);
  const [end, otherEnd] = [key.exp, certificate?.validToDate]
    .filter((instant) => instant !== undefined)
    .sort((a, b) => Number(a) - Number(b));
  return {
    start: key.nbf ?? certificate?.validFromDate,
    end,
    /** The key's `exp` and its certificate's NotAfter differ. */
    expiryMismatch: otherEnd !== undefined && Number(otherEnd) !== Number(end),
  };
}

/** The certificate of a key; undefined if it has none, or one that cannot be read. */
function tryParseCertificate(der: Buffer | undefined): X509Certificate | undefined {
  if (der === undefined) return undefined;
  try {
    return readX509(der);
  } catch {
    return undefined;
  }
}

/** The service says that it is; a key whose status is absent or unknown counts as usable. */
export const isDisabled = (key: Key): boolean => key.status?.toLowerCase() === 'disabled';

/** The service says that it is. */
export const isEnabled = (key: Key): boolean => key.status?.toLowerCase() === 'enabled';
