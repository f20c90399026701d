import type { Remediation } from '../shared/action-error.ts';

/** Codes that mean: there is no such keyset. Which of them comes depends on the layer that noticed. */
export const MISSING: ReadonlySet<string> = new Set(['AADB2C90073', 'AADB2C95052', 'AADB2C90130']);

/** Creating a keyset that exists. */
export const EXISTS = 'AADB2C95028';

/** Uploading a certificate that is there already, on a service that refuses duplicates. */
export const DUPLICATE = 'AADB2C90180';

/** No key of the keyset is usable now: an answer, not a failure, when asking for the active one. */
export const NO_ACTIVE_KEY: ReadonlySet<string> = new Set(['AADB2C90019', 'AADB2C90220']);

/** Refused before anything was done, and worth another try: two writes met, or there are too many. */
export const NOT_NOW: ReadonlySet<string> = new Set(['AADB2C95053', 'AADB2C95043', 'AADB2C90229']);

/** The service failed within. Under which status these come was never recorded. */
export const UNCLEAR: ReadonlySet<string> = new Set(['AADB2C90035', 'AADB2C90037', 'AADB2C90063', 'UnknownError']);

const ASSIGN_ROLE =
  'In the B2C tenant, assign the application permission (not the delegated one) to the app registration and grant admin consent: docs/setup.md shows the commands. A new assignment can take minutes to work.';

const OWN_KEYSET =
  'Put the certificate into a keyset of its own (another keyset-id with create-keyset: true), and name that one in the policy.';

/**
 * The codes that this product can meet, and the statuses that speak for themselves. Texts of the codes: https://learn.microsoft.com/azure/active-directory-b2c/error-codes;
 * the rest was seen in the field.
 */
export const ADVICE: Readonly<Record<string, Pick<Remediation, 'cause' | 'fix'>>> = {
  '401': {
    cause:
      'Graph does not accept the access token: it is meant for another cloud or tenant, or the clock of the runner is wrong.',
    fix: 'Check tenant-id and cloud.',
  },
  '403': {
    cause:
      'The app registration lacks the permission: uploading needs the app role TrustFrameworkKeySet.ReadWrite.All, reading and dry-run need TrustFrameworkKeySet.Read.All.',
    fix: ASSIGN_ROLE,
  },
  '404': {
    cause:
      'Graph does not know this address: in some clouds it lacks parts of the API, and now and then its backend is lost.',
    fix: 'Run again; in a national cloud, check that Azure AD B2C and its policy keys exist there.',
  },
  '429': {
    cause: 'Too many requests to this tenant at this moment.',
    fix: 'Run again later; in a matrix, lower max-parallel.',
  },
  '5xx': {
    cause: 'Graph or Azure AD B2C has a passing problem, and it went on through several attempts.',
    fix: 'Run again later. If it stays so, open a support ticket with the ids below.',
  },
  AADB2C90073: {
    cause: 'There is no keyset of this id in the tenant.',
    fix: 'Check keyset-id and tenant-id, or set create-keyset: true.',
  },
  AADB2C95028: {
    cause: 'A keyset of this id exists although reading it says that it does not.',
    fix: 'Run again; if it stays so, look at the policy key in the portal under Identity Experience Framework.',
  },
  AADB2C95032: {
    cause: 'The keyset holds a secret (type oct), and a keyset holds keys of one type alone.',
    fix: OWN_KEYSET,
  },
  AADB2C95042: {
    cause: 'The keyset holds keys for another use: signature and encryption cannot be mixed in one.',
    fix: OWN_KEYSET,
  },
  AADB2C95053: {
    cause: 'Something else writes to the same keyset at the same time.',
    fix: 'Run again, and keep runs apart with `concurrency:` in the workflow.',
  },
  AADB2C90213: {
    cause:
      'B2C could not open the PFX: it says so for a wrong password as well as for any encryption but PBE-SHA1-3DES.',
    fix: 'Make it again: `openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg SHA1 -inkey key.pem -in certificate.pem -out certificate.pfx`.',
  },
  AADB2C90215: {
    cause: 'B2C does not take the key as it is; one known reason is that the keyset holds keys for another use.',
    fix: 'Read the reason that it gives. For another use, put the certificate into a keyset of its own.',
  },
  AADB2C90179: {
    cause: 'B2C could not read the certificate.',
    fix: 'Check it with `openssl x509 -noout -text -in certificate.pem`; its fields may hold something that .NET refuses.',
  },
  AADB2C90180: {
    cause: 'The keyset holds this certificate already, and this tenant refuses a second copy.',
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

/** Different codes for one and the same thing share their advice. */
const SAME_AS: Readonly<Record<string, string>> = {
  AADB2C95052: 'AADB2C90073',
  AADB2C90130: 'AADB2C90073',
  AADB2C90089: 'AADB2C95032',
  AADB2C95025: 'AADB2C90213',
  AADB2C95043: '429',
  AADB2C90229: '429',
  AADB2C90035: '5xx',
  AADB2C90037: '5xx',
  AADB2C90063: '5xx',
};

/**
 * What to do about an error: by its code, else by its status.
 *
 * @returns nothing but the section about unknown errors where neither is known
 */
export function remediationFor(code: string, status: number): Remediation {
  const candidates = [SAME_AS[code] ?? code, status >= 500 ? '5xx' : String(status)];
  const key = candidates.find((candidate) => Object.hasOwn(ADVICE, candidate));
  if (key === undefined) return { anchor: 'unknown-error' };
  return { anchor: /^\d/.test(key) ? `http-${key}` : key.toLowerCase(), ...ADVICE[key] };
}
