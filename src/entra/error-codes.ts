import { INTERMEDIARY_RESPONSE } from '../http/guidance.ts';
import type { Remediation } from '../shared/action-error.ts';

/** Why Entra ID rejects a sign-in, and what to do about it. */
export interface ErrorGuidance extends Pick<Remediation, 'cause' | 'fix'> {
  /** Show what was presented; where no credential matches it, also the command that creates one. */
  readonly federation?: 'no-match' | 'other';
  /** Temporary: worth further attempts, with a fresh token from GitHub; `once`: worth one. */
  readonly transient?: true | 'once';
}

const PROPAGATION = 'A new federated credential can take a few minutes to propagate.';
const CREATE = `Create a credential with the command below or correct the existing one. ${PROPAGATION}`;

/** No federated credential matches what was presented. */
const noMatch = (cause: string, fix = CREATE): ErrorGuidance => ({ cause, fix, federation: 'no-match' });

/** Rejected for another reason than a missing match: another credential would not help. */
const rejectedToken = (cause: string, fix: string): ErrorGuidance => ({ cause, fix, federation: 'other' });

const UNKNOWN_TENANT: ErrorGuidance = {
  cause: 'There is no tenant with this name in this cloud.',
  fix: 'Check tenant-id for a typo, and cloud.',
};
const OTHER_CLOUD: ErrorGuidance = {
  cause: 'The tenant or the app registration belongs to another cloud.',
  fix: 'Check cloud and tenant-id: each cloud has its own tenants, app registrations and audiences.',
};
const TEMPORARY: ErrorGuidance = {
  cause: 'Entra ID returned a transient error.',
  fix: 'It persisted after several attempts; run again later.',
  transient: true,
};

/** The tenant accepts only tokens of an enterprise. */
export const ENTERPRISE_REQUIRED = 7002381;

/** By the number of `AADSTS…`. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const ERROR_GUIDANCE: Readonly<Record<number, ErrorGuidance>> = {
  70021: noMatch('The app registration has no federated credential that matches this token (yet).'),
  700211: noMatch(
    'No federated credential of the app registration has this issuer. It must match exactly, without a trailing slash. GitHub Enterprise Server, GHE.com and enterprises with a custom issuer use another issuer than github.com.',
  ),
  700212: noMatch(
    'No federated credential of the app registration has this audience. Each cloud has its own.',
    `Set cloud (and leave audience empty), or create a credential with the command below. ${PROPAGATION}`,
  ),
  700213: noMatch(
    'No federated credential of the app registration has this subject. It must match exactly: a credential for a branch does not match a job with an environment or a pull request, and one with names does not match a token with immutable IDs.',
  ),
  7002137: noMatch('No federated credential of the app registration has exactly this subject.'),
  7002138: noMatch(
    'A federated credential has a subject that differs only in case, and Entra ID compares case-sensitively.',
    `Correct the subject of that credential, or create one with the command below. ${PROPAGATION}`,
  ),
  700024: rejectedToken(
    'The token from GitHub was not valid at this moment by Entra ID’s clock.',
    'Run again; on a self-hosted runner or GitHub Enterprise Server, check the clocks.',
  ),
  700027: rejectedToken(
    'Entra ID could not verify the signature of GitHub’s token with the keys that the issuer publishes.',
    'On GitHub Enterprise Server, check that the issuer’s .well-known/jwks is current and reachable from the internet.',
  ),
  700214: rejectedToken(
    'Entra ID does not accept the audience of this token, or of the federated credential.',
    `Set cloud (and leave audience empty), and use its default audience in the credential. ${PROPAGATION}`,
  ),
  700238: rejectedToken(
    'The tenant or its cloud may not allow federated credentials for this issuer.',
    'Ask an administrator of the B2C tenant whether workload identity federation is restricted there.',
  ),
  700263: rejectedToken(
    'Several federated credentials of the app registration may match this token.',
    'Keep one credential for this issuer and subject, and remove the others.',
  ),
  [ENTERPRISE_REQUIRED]: rejectedToken(
    'The tenant requires the claim `enterprise` in GitHub’s tokens. Issuer, subject and audience did match; GitHub sets the claim only for repositories of an enterprise.',
    'Use a repository of an enterprise that the tenant accepts, or ask an administrator of the B2C tenant.',
  ),
  501661: {
    cause:
      'Entra ID could not reach the issuer to fetch its keys: a GitHub Enterprise Server that the internet cannot reach.',
    fix: 'Make https://<host>/_services/token/.well-known reachable for Entra ID, or sign in with client-secret.',
    federation: 'other',
    transient: true,
  },
  700016: {
    cause:
      'The tenant has no app registration with this client ID. It must be registered in the B2C tenant itself; an app in the company’s workforce tenant cannot be used.',
    fix: 'Switch the portal to the B2C tenant, and copy client-id and tenant-id from the app registration there.',
  },
  7000229: {
    cause:
      'The app registration has no service principal (enterprise application) in the tenant, so it cannot sign in.',
    fix: 'Create it while signed in to the B2C tenant: az ad sp create --id <client-id>.',
  },
  90002: UNKNOWN_TENANT,
  900023: UNKNOWN_TENANT,
  90038: OTHER_CLOUD,
  900382: OTHER_CLOUD,
  900432: OTHER_CLOUD,
  500011: OTHER_CLOUD,
  500031: {
    cause: 'Entra ID found no certificate to verify the token with; this was seen to be temporary.',
    fix: 'Run again later.',
    transient: 'once',
  },
  7000215: {
    cause: 'The client secret is wrong: often the ID of the secret was copied instead of its value.',
    fix: 'Create a new secret and copy its value. Preferably remove client-secret and sign in with OIDC.',
  },
  7000222: {
    cause: 'The client secret has expired.',
    fix: 'Create a new one. Preferably remove client-secret and sign in with OIDC, which needs no secret.',
  },
  53003: {
    cause:
      'A Conditional Access policy for workload identities blocks this sign-in, usually because of the source IP address.',
    fix: 'Exclude the app from the policy, or use a runner with an IP address that it allows.',
  },
  90012: { ...TEMPORARY, cause: 'Entra ID timed out.' },
  90024: TEMPORARY,
  90033: TEMPORARY,
  90055: { ...TEMPORARY, cause: 'Too many sign-ins to this tenant at the moment.' },
  90090: TEMPORARY,
};

/**
 * What to do about an error.
 *
 * @param code - the number of `AADSTS…`, which Entra ID always gives; 0 where there was none
 * @returns for an unknown code: the claims that were presented may help
 */
export function guidanceFor(code: number): ErrorGuidance & Remediation {
  if (code === 0) return INTERMEDIARY_RESPONSE;
  const guidance = ERROR_GUIDANCE[code];
  return guidance ? { anchor: `aadsts${code}`, ...guidance } : { anchor: 'unknown-error', federation: 'other' };
}
