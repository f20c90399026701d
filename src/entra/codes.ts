import { FOREIGN_ANSWER } from '../http/explain.ts';
import type { Remediation } from '../shared/action-error.ts';

/** Why Entra refuses, and what to do: for people. */
export interface Advice extends Pick<Remediation, 'cause' | 'fix'> {
  /** It is about the federated credential: show what was presented and the command that creates a fitting one. */
  readonly federation?: true;
  /** It passes by itself: worth another try, with a fresh assertion. */
  readonly transient?: true;
}

const PROPAGATION = 'A federated credential that was just created can take some minutes to work.';
const CREATE = `Create the credential with the command below, or correct the one that is there. ${PROPAGATION}`;
const OTHER_CLOUD = 'Check cloud and tenant-id: each cloud has tenants, app registrations and audiences of its own.';
const PASSING = 'Entra has a passing problem.';
const LATER = 'It went on through several attempts: run again later.';

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const ADVICE: Readonly<Record<number, Advice>> = {
  70021: {
    cause: 'The app registration has no federated credential that fits this token, or none yet.',
    fix: CREATE,
    federation: true,
  },
  700211: {
    cause:
      'No federated credential of the app registration has this issuer. It must be the same to the letter: no slash at its end, and GitHub Enterprise Server, GHE.com and enterprises with an issuer of their own each have another one than github.com.',
    fix: CREATE,
    federation: true,
  },
  700212: {
    cause: 'No federated credential of the app registration has this audience. Each cloud has its own.',
    fix: `Set cloud (and leave audience empty), or create the credential with the command below. ${PROPAGATION}`,
    federation: true,
  },
  700213: {
    cause:
      'No federated credential of the app registration has this subject. It must be the same to the letter: a credential for a branch does not fit a job with an environment or a pull request, and one with names does not fit a token with immutable ids.',
    fix: CREATE,
    federation: true,
  },
  7002137: {
    cause: 'No federated credential of the app registration has this subject in just this spelling.',
    fix: CREATE,
    federation: true,
  },
  7002138: {
    cause: 'A federated credential has this subject but for upper and lower case, and Entra compares to the letter.',
    fix: `Correct the subject of that credential, or create one with the command below. ${PROPAGATION}`,
    federation: true,
  },
  700024: {
    cause: 'The token from GitHub was not valid at this moment by Entra’s clock.',
    fix: 'Run again; on a runner of your own or GitHub Enterprise Server, check the clocks.',
    federation: true,
  },
  700027: {
    cause: 'Entra could not verify the signature of GitHub’s token with the keys that the issuer publishes.',
    fix: 'On GitHub Enterprise Server, check that the issuer’s .well-known/jwks is current and reachable from the internet.',
    federation: true,
  },
  501661: {
    cause:
      'Entra could not reach the issuer to fetch its keys: a GitHub Enterprise Server that the internet cannot reach.',
    fix: 'Open https://<host>/_services/token/.well-known to Entra, or sign in with client-secret.',
    federation: true,
    transient: true,
  },
  700016: {
    cause:
      'The tenant has no app registration with this client id. It must be registered in the B2C tenant itself: one in the company’s own tenant does not count.',
    fix: 'Switch the portal to the B2C tenant, and take client-id and tenant-id from the app registration there.',
  },
  7000229: {
    cause:
      'The app registration has no service principal (“enterprise application”) in the tenant, so it cannot sign in.',
    fix: 'Create it, signed in to the B2C tenant: az ad sp create --id <client-id>.',
  },
  90002: {
    cause: 'There is no tenant of this name in this cloud.',
    fix: 'Check tenant-id for a typing error, and cloud.',
  },
  900023: {
    cause: 'Entra knows no tenant of this name.',
    fix: 'Check tenant-id for a typing error, and cloud.',
  },
  900382: { cause: 'The app registration lives in another cloud.', fix: OTHER_CLOUD },
  900432: { cause: 'The app registration lives in another cloud.', fix: OTHER_CLOUD },
  90038: { cause: 'The tenant lives in another cloud.', fix: OTHER_CLOUD },
  500011: { cause: 'This tenant knows no Graph of that address: it lives in another cloud.', fix: OTHER_CLOUD },
  7000215: {
    cause: 'The client secret is wrong: often the secret’s id was copied and not its value.',
    fix: 'Create a new secret and copy its value, or better: leave client-secret out and sign in with OIDC.',
  },
  7000222: {
    cause: 'The client secret has expired.',
    fix: 'Create a new one, or better: leave client-secret out and sign in with OIDC, where nothing expires.',
  },
  53003: {
    cause:
      'A Conditional Access policy for workload identities blocks this sign-in, for instance by the runner’s address.',
    fix: 'Exclude the app from the policy, or run on a runner with an address that it allows.',
  },
  90012: { cause: 'Entra timed out.', fix: LATER, transient: true },
  90024: { cause: PASSING, fix: LATER, transient: true },
  90033: { cause: PASSING, fix: LATER, transient: true },
  90055: { cause: 'Too many sign-ins to this tenant at this moment.', fix: LATER, transient: true },
  90090: { cause: PASSING, fix: LATER, transient: true },
};

/**
 * What to do about an error.
 *
 * @param code - the number of `AADSTS…`, which Entra always gives; 0 where there was none
 * @returns for a code that is not known: what was presented may help, whatever it is about
 */
export function adviceFor(code: number): Advice & Remediation {
  if (code === 0) return FOREIGN_ANSWER;
  const advice = ADVICE[code];
  return advice ? { anchor: `aadsts${code}`, ...advice } : { anchor: 'unknown-error', federation: true };
}
