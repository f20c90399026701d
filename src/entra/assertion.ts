import { isRecord, parseJson, readText } from '../shared/json.ts';

/** What GitHub's token says of the job, as Entra compares it with the federated credentials. */
export interface Presented {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Ids of owner and repository, which the token holds whatever the form of its subject. */
  readonly ownerId?: string | undefined;
  readonly repositoryId?: string | undefined;
}

/**
 * Reads the claims of an assertion without checking it: that is Entra's part.
 *
 * @returns nothing where it is no JSON Web Token with these claims
 * @see RFC 7519
 */
export function readClaims(assertion: string): Presented | undefined {
  const claims = parseJson(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
  if (!isRecord(claims)) return undefined;
  const [issuer, subject, audience, ownerId, repositoryId] = [
    claims.iss,
    claims.sub,
    claims.aud,
    claims.repository_owner_id,
    claims.repository_id,
  ].map(readText);
  return issuer && subject && audience ? { issuer, subject, audience, ownerId, repositoryId } : undefined;
}

/** `repo:OWNER/NAME:CONTEXT`, or `repo:OWNER@ID/NAME@ID:CONTEXT`. */
const SUBJECT = /^repo:([^/:@]+)(@\d+)?\/([^/:@]+)(@\d+)?:(.+)$/;

/** GitHub writes a colon within a name as `%3A`, so that these are told apart for certain. */
const CONTEXTS: readonly [RegExp, string][] = [
  [/^environment:[^:]+$/, 'the job names an `environment:`, so the subject names it too, and neither branch nor tag'],
  [/^ref:refs\/heads\/[^:]+$/, 'the job runs on a branch and names no `environment:`'],
  [/^ref:refs\/tags\/[^:]+$/, 'the job runs on a tag and names no `environment:`'],
  [/^pull_request$/, 'the job runs for a pull request and names no `environment:`'],
];

/**
 * Says what the subject of this job's token follows from, and which other form of it does not fit: for people.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#example-subject-claims
 */
export function describeSubject({ subject, ownerId = '', repositoryId = '' }: Presented): string[] {
  const [, owner = '', withId, name = '', , context = ''] = SUBJECT.exec(subject) ?? [];
  const why = CONTEXTS.find(([pattern]) => pattern.test(context))?.[1];
  if (why === undefined) return ['the repository or its organisation customises its subjects'];
  const form = withId
    ? `it is of the immutable form, with the ids of owner and repository (the default for repositories created, renamed or transferred since July 2026); a credential for repo:${owner}/${name}:${context} does not fit it`
    : `it is of the name form; a credential for repo:${owner}@${ownerId}/${name}@${repositoryId}:${context} does not fit it`;
  return [why, form];
}

const ISSUERS: readonly [RegExp, string][] = [
  [/^https:\/\/token\.actions\.githubusercontent\.com$/, 'github.com'],
  [/^https:\/\/token\.actions\.githubusercontent\.com\/[^/]+$/, 'github.com, with an issuer of the enterprise’s own'],
  [/^https:\/\/token\.actions\.[^/]+\.ghe\.com$/, 'GHE.com'],
  [/^https:\/\/[^/]+\/_services\/token$/, 'GitHub Enterprise Server'],
];

/**
 * Whose token it is, told from its issuer: for people.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#customizing-the-issuer-value-for-an-enterprise
 */
export function describeIssuer({ issuer }: Presented): string {
  return ISSUERS.find(([pattern]) => pattern.test(issuer))?.[1] ?? 'none of the issuers that GitHub documents';
}

/** Characters: more than enough to tell credentials apart; Entra takes 120. */
const NAME_LENGTH = 100;

/**
 * The command that creates the federated credential that this token would have matched, for bash. Its JSON is plain ASCII
 * without single quotes, whatever the subject holds, so that neither a shell nor the log changes it.
 *
 * @param clientId - of the app registration
 */
export function createCredentialCommand(clientId: string, { issuer, subject, audience }: Presented): string {
  const name = `github-${subject.replace(/^repo:/, '')}`
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, NAME_LENGTH)
    .replace(/-$/, '');
  const parameters = JSON.stringify({ name, issuer, subject, audiences: [audience] }).replace(
    /[^ -~]|'|:(?=:)|#(?=#)/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `az ad app federated-credential create --id ${clientId} --parameters '${parameters}'`;
}
