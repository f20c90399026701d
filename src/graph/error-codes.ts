import type { Remediation } from '../shared/action-error.ts';

/** There is no such keyset. */
export const NOT_FOUND = 'AADB2C90073';

/** A keyset is created that exists. */
export const ALREADY_EXISTS = 'AADB2C95028';

/** A certificate is uploaded that the keyset contains, on a service that refuses duplicates. */
export const DUPLICATE_KEY = 'AADB2C90180';

/** No key of the keyset is usable now: a result, not a failure, when asking for the active key. */
export const NO_ACTIVE_KEY_CODES: ReadonlySet<string> = new Set(['AADB2C90019', 'AADB2C90220']);

/** Two writes to a keyset collided. */
export const WRITE_CONFLICT = 'AADB2C95053';

const ASSIGN_ROLE =
  'In the B2C tenant, assign the application permission (not the delegated one) to the app registration and grant admin consent. A new assignment can take minutes to propagate.';

const OWN_KEYSET =
  'Upload the certificate to a keyset of its own (another keyset-id with create-keyset: true), and name that one in the policy.';

/**
 * The codes that this action can meet, and the statuses that need no code. Texts of the codes:
 * https://learn.microsoft.com/azure/active-directory-b2c/error-codes; the rest was seen in the field.
 */
export const ERROR_GUIDANCE: Readonly<Record<string, Pick<Remediation, 'cause' | 'fix'>>> = {
  '401': {
    cause:
      'Graph does not accept the access token: it was issued for another cloud or tenant, it has expired, or the runner’s clock is wrong.',
    fix: 'Check tenant-id and cloud. If other requests of this run succeeded, run again.',
  },
  '403': {
    cause:
      'The app registration lacks the permission: uploading needs the app role TrustFrameworkKeySet.ReadWrite.All, reading and dry-run need TrustFrameworkKeySet.Read.All.',
    fix: ASSIGN_ROLE,
  },
  '404': {
    cause:
      'Graph endpoint not found: the API may be unavailable in this cloud, or the backend was temporarily unreachable.',
    fix: 'Run again; in a national cloud, check that Azure AD B2C and its policy keys exist there.',
  },
  '429': {
    cause: 'Too many requests to this tenant at the moment.',
    fix: 'Run again later; in a matrix, lower max-parallel.',
  },
  '5xx': {
    cause: 'Graph or Azure AD B2C is temporarily unavailable; retries failed.',
    fix: 'Run again later. If the problem persists, open a support ticket with the IDs below.',
  },
  AADB2C90073: {
    cause: 'There is no keyset with this ID in the tenant.',
    fix: 'Check keyset-id and tenant-id, or set create-keyset: true.',
  },
  AADB2C95028: {
    cause: 'A keyset with this ID exists but cannot be read yet.',
    fix: 'Run again; if the problem persists, look at the policy key in the portal under Identity Experience Framework.',
  },
  AADB2C95032: {
    cause: 'The keyset contains a secret (kty: oct), and all keys in a keyset must have the same type.',
    fix: OWN_KEYSET,
  },
  AADB2C95042: {
    cause: 'The keyset contains keys for another use: signature and encryption must not be mixed.',
    fix: OWN_KEYSET,
  },
  AADB2C95053: {
    cause: 'Another process writes to the same keyset at the same time.',
    fix: 'Run again, and serialize runs with `concurrency:` in the workflow.',
  },
  AADB2C90213: {
    cause:
      'B2C could not open the PFX: it reports this for wrong passwords and for unsupported encryption. The action made this PFX itself, with PBE-SHA1-3DES.',
    fix: 'Please report it with the IDs below: B2C may have changed what it accepts.',
  },
  AADB2C90215: {
    cause: 'B2C rejected the key; one known reason is that the keyset contains keys for another use.',
    fix: 'See the reason above. For another use, upload the certificate to a keyset of its own.',
  },
  AADB2C90179: {
    cause: 'B2C could not parse the certificate.',
    fix: 'Check it with `openssl x509 -noout -text -in certificate.pem`; its fields may contain values that B2C cannot parse.',
  },
  AADB2C90180: {
    cause: 'The keyset already contains this certificate, and this tenant refuses a second copy.',
    fix: 'Leave allow-duplicate off.',
  },
  AADB2C90214: {
    cause: 'The certificate has expired.',
    fix: 'Renew it first.',
  },
  AADB2C90137: {
    cause: 'The RSA key is too short for B2C.',
    fix: 'Use a key of 2048 bits or more.',
  },
};

/**
 * Codes with the same meaning as another code or status. Which of them is returned depends on the layer that noticed; under which
 * status the internal errors (`5xx`) are returned was never recorded.
 */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ['AADB2C95052', NOT_FOUND],
  ['AADB2C90130', NOT_FOUND],
  ['AADB2C90089', 'AADB2C95032'],
  ['AADB2C95025', 'AADB2C90213'],
  ['AADB2C95043', '429'],
  ['AADB2C90229', '429'],
  ['AADB2C90035', '5xx'],
  ['AADB2C90037', '5xx'],
  ['AADB2C90063', '5xx'],
  ['UnknownError', '5xx'],
]);

/** What a code means: one code or status stands for all that mean the same. */
export const meaningOf = (code: string): string => SAME_AS.get(code) ?? code;

/**
 * What to do about an error: by its code, else by its status.
 *
 * @returns the section about unknown errors where neither is known
 */
export function guidanceFor(code: string, status: number): Remediation {
  const candidates = [meaningOf(code), status >= 500 ? '5xx' : String(status)];
  const key = candidates.find((candidate) => Object.hasOwn(ERROR_GUIDANCE, candidate));
  if (key === undefined) return { anchor: 'unknown-error' };
  return { anchor: /^\d/.test(key) ? `http-${key}` : key.toLowerCase(), ...ERROR_GUIDANCE[key] };
}
