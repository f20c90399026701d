/**
 * Where nobody knows what the real service does, or where tenants differ. The first of each row is the default: the
 * likeliest reading of the documents and of what clients were seen to cope with.
 */
export const CHOICES = {
  /** The status under which a missing keyset is reported. */
  missingStatus: [404, 400],
  /** The code under which a missing keyset is reported. */
  missingCode: ['AADB2C90073', 'AADB2C95052', 'AADB2C90130'],
  /** The status of AADB2C95028, when a keyset is created that exists. */
  existingStatus: [409, 400],
  /** What becomes of a certificate that the keyset holds already; `refuse` is AADB2C90180. */
  duplicates: ['append', 'refuse', 'overwrite'],
  /** How `nbf` and `exp` are written. To leave them out, hide them. */
  dates: ['numbers', 'strings'],
  /** How the `kid` of an uploaded certificate is derived: SHA-1 of the DER, or the JWK thumbprint of its key. */
  kid: ['sha1', 'rfc7638'],
  /** The status that uploaded keys start with. */
  newKeys: ['enabled', 'disabled'],
  /** Whether `keys_v2` exists at all. */
  keysV2: [true, false],
  /** Where keys without `nbf` rank when the active key is chosen. */
  undated: ['last', 'first'],
  /** Whether getActiveKey works, always says AADB2C90019, or always fails with status 500. */
  activeKey: ['works', 'none', 'fails'],
  /** Whether a list of keysets has their keys inline. */
  listKeys: [true, false],
  /** Whether uploadCertificate takes base64 of PEM text, beside base64 of DER. */
  pem: ['refused', 'accepted'],
  /** What becomes of an expired certificate; `refused` is AADB2C90214. */
  expired: ['refused', 'accepted'],
  /** Whether the letter case of a keyset's id counts when it is looked up. */
  idCase: ['exact', 'ignored'],
} as const;

/** Members of a key that an answer can leave out. */
export const HIDEABLE = ['x5t', 'x5c', 'use', 'nbf', 'exp', 'kid', 'n', 'e', 'status'] as const;

type Hideable = (typeof HIDEABLE)[number];

/** The service's behaviour where it is in doubt. May be changed while the emulator runs. */
export type ServiceBehavior = { -readonly [Q in keyof typeof CHOICES]: (typeof CHOICES)[Q][number] } & {
  /** Members that the keys of a keyset come without. `status` by default, as in the one real answer that is public. */
  hidden: readonly Hideable[];
  /** Keysets on one page of a list. No limit by default. */
  pageSize: number;
  /** For how long reads go on showing what was there before a write, in ms. */
  staleReadsMs: number;
  /** For how long a keyset that was just created is reported missing, in ms. */
  missingAfterCreateMs: number;
};

/** What holds unless a scenario says otherwise. */
export const DEFAULT_BEHAVIOR: Readonly<ServiceBehavior> = {
  missingStatus: 404,
  missingCode: 'AADB2C90073',
  existingStatus: 409,
  duplicates: 'append',
  dates: 'numbers',
  kid: 'sha1',
  newKeys: 'enabled',
  keysV2: true,
  undated: 'last',
  activeKey: 'works',
  listKeys: true,
  pem: 'refused',
  expired: 'refused',
  idCase: 'exact',
  hidden: ['status'],
  pageSize: Infinity,
  staleReadsMs: 0,
  missingAfterCreateMs: 0,
};

const MEASURES = ['pageSize', 'staleReadsMs', 'missingAfterCreateMs'];

/** Whether every member of `value` is a behavior with a value that it can have. For behavior that come as text. */
export function isBehavior(value: Record<string, unknown>): value is Partial<ServiceBehavior> {
  const choices = new Map<string, readonly unknown[]>(Object.entries(CHOICES));
  const hideable: readonly unknown[] = HIDEABLE;
  return Object.entries(value).every(
    ([name, setting]) =>
      choices.get(name)?.includes(setting) ??
      (name === 'hidden'
        ? Array.isArray(setting) && setting.every((member) => hideable.includes(member))
        : MEASURES.includes(name) && typeof setting === 'number'),
  );
}
