/** Members of a key that a response can leave out. For `status` see `statusShownBy`. */
type Hideable = 'x5t' | 'x5c' | 'use' | 'nbf' | 'exp' | 'kid' | 'n' | 'e';

/**
 * How the service behaves where nobody knows what the real one does, or where tenants differ. May be changed while the emulator
 * runs. Milliseconds are those of its clients' clock.
 */
export interface ServiceBehavior {
  /** The status under which a missing keyset is reported. */
  missingStatus: 404 | 400;
  /** The code under which a missing keyset is reported. */
  missingCode: 'AADB2C90073' | 'AADB2C95052' | 'AADB2C90130';
  /** The status of AADB2C95028, when a keyset is created that exists. */
  existingStatus: 409 | 400;
  /** What becomes of a certificate that the keyset contains already; `refuse` is AADB2C90180. */
  duplicates: 'append' | 'refuse' | 'overwrite';
  /** How `nbf` and `exp` are written. To leave them out, hide them. */
  dates: 'numbers' | 'strings';
  /** How the `kid` of an uploaded certificate is derived: SHA-1 of the DER, or the JWK thumbprint of its key. */
  kid: 'sha1' | 'rfc7638';
  /** The status that uploaded keys start with. */
  newKeys: 'enabled' | 'disabled';
  /**
   * Where a key's status is shown: by `keys_v2` only, by every endpoint (`keyset`), or by none. The one real response that is
   * public has none.
   */
  statusShownBy: 'keys_v2' | 'keyset' | 'nobody';
  /** Whether the endpoints of `keys_v2` work, do not exist (404), or are forbidden to any app (403). */
  keysV2: 'works' | 'missing' | 'forbidden';
  /** Whether a change of status takes effect, or succeeds and changes nothing. */
  statusPatch: 'works' | 'ineffective';
  /** The status of the response to a change of status; 200 comes with the key. */
  statusPatchReply: 204 | 200;
  /** Where keys without `nbf` rank when the active key is chosen. */
  undated: 'last' | 'first';
  /** Whether getActiveKey works, always reports AADB2C90019, or always fails with status 500. */
  activeKey: 'works' | 'none' | 'fails';
  /** Whether a list of keysets contains their keys. */
  listKeys: boolean;
  /** Whether uploadCertificate accepts base64 of PEM text, beside base64 of DER. */
  pem: 'refused' | 'accepted';
  /** What becomes of an expired certificate; `refused` is AADB2C90214. */
  expired: 'refused' | 'accepted';
  /** Whether the letter case of a keyset's ID counts when it is looked up. */
  idCase: 'exact' | 'ignored';
  /** Members that the keys come without. */
  hidden: readonly Hideable[];
  /** Keysets on one page of a list. No limit by default. */
  pageSize: number;
  /** Keys in a keyset before it names a page with more of them, `keys@odata.nextLink`. No limit by default. */
  keysPageSize: number;
  /** For how many milliseconds reads go on showing what was there before a write. */
  staleReadsMs: number;
  /** For how many milliseconds a keyset that was just created is reported missing. */
  missingAfterCreateMs: number;
  /** Milliseconds by which Graph's header `Date` is ahead of the true time; negative when it is behind. */
  clockSkewMs: number;
}

/** The default: the likeliest reading of the documents and of what existing clients cope with. */
export const DEFAULT_BEHAVIOR: Readonly<ServiceBehavior> = {
  missingStatus: 404,
  missingCode: 'AADB2C90073',
  existingStatus: 409,
  duplicates: 'append',
  dates: 'numbers',
  kid: 'sha1',
  newKeys: 'enabled',
  statusShownBy: 'keys_v2',
  keysV2: 'works',
  statusPatch: 'works',
  statusPatchReply: 204,
  undated: 'last',
  activeKey: 'works',
  listKeys: true,
  pem: 'refused',
  expired: 'refused',
  idCase: 'exact',
  hidden: [],
  pageSize: Infinity,
  keysPageSize: Infinity,
  staleReadsMs: 0,
  missingAfterCreateMs: 0,
  clockSkewMs: 0,
};
