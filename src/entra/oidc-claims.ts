import { isRecord, parseJson, readText } from '../shared/json.ts';
import { CLOUDS, type CloudName, describeAudience } from './clouds.ts';

/** An app registration in its tenant. */
export interface ClientRegistration {
  readonly tenantId: string;
  readonly clientId: string;
}

/** What GitHub's token says about the job, as Entra ID compares it with the federated credentials. */
export interface OidcClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** IDs of owner and repository, which the token has in any case. */
  readonly ownerId?: string | undefined;
  readonly repositoryId?: string | undefined;
  /** Slug of the enterprise; absent where the repository belongs to none, and now and then without a reason. */
  readonly enterprise?: string | undefined;
}

/**
 * Reads the claims of a token without verifying it: Entra ID does that.
 *
 * @returns undefined if it is no JSON Web Token with these claims
 * @see RFC 7519
 */
export function readClaims(token: string): OidcClaims | undefined {
  const claims = readPayload(token);
  const [issuer, subject, audience, ownerId, repositoryId, enterprise] = [
    claims.iss,
    claims.sub,
    claims.aud,
    claims.repository_owner_id,
    claims.repository_id,
    claims.enterprise,
  ].map(readText);
  return issuer && subject && audience ? { issuer, subject, audience, ownerId, repositoryId, enterprise } : undefined;
}

/** The GUID of the tenant that an access token was issued for, where the token shows it. */
export const readTenantId = (accessToken: string): string | undefined => readText(readPayload(accessToken).tid);

/** The claims of a JSON Web Token; none if it is something else. */
function readPayload(token: string): Record<string, unknown> {
  const payload = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return isRecord(payload) ? payload : {};
}

/** What GitHub presented: lines for people. */
export function describeClaims(claims: OidcClaims, cloud: CloudName): string[] {
  return [
    'GitHub presented:',
    `  issuer      ${claims.issuer}`,
    `  subject     ${claims.subject}`,
    ...describeSubject(claims).map((line) => `              ${line}`),
    `  audience    ${claims.audience} (${describeAudience(claims.audience, cloud)})`,
    `  enterprise  ${claims.enterprise ?? '(none)'}`,
  ];
}

/** The commands that create a federated credential for these claims. */
export function describeCommand(claims: OidcClaims, app: ClientRegistration, cloud: CloudName): string[] {
  return [
    'Create a matching credential (bash):',
    `  az cloud set --name ${CLOUDS[cloud].azureCli} && az login --tenant ${app.tenantId} --allow-no-subscriptions`,
    `  ${createCredentialCommand(app.clientId, claims)}`,
  ];
}

/** `repo:OWNER/NAME:CONTEXT`, or `repo:OWNER@ID/NAME@ID:CONTEXT`. */
const SUBJECT = /^repo:([^/:@]+)(@\d+)?\/([^/:@]+)(@\d+)?:(.+)$/;

/** GitHub writes a colon within a name as `%3A`, so these cannot be confused. */
const CONTEXTS: readonly [RegExp, string][] = [
  [
    /^environment:[^:]+$/,
    'the job uses `environment:`, so the subject contains the environment instead of branch or tag',
  ],
  [/^ref:refs\/heads\/[^:]+$/, 'the job runs on a branch and uses no `environment:`'],
  [/^ref:refs\/tags\/[^:]+$/, 'the job runs on a tag and uses no `environment:`'],
  [/^pull_request$/, 'the job runs for a pull request and uses no `environment:`'],
];

/**
 * Why the subject is what it is, and which other form does not match.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#example-subject-claims
 */
function describeSubject({ subject, ownerId = '', repositoryId = '' }: OidcClaims): string[] {
  const [, owner = '', withId, name = '', , context = ''] = SUBJECT.exec(subject) ?? [];
  const why = CONTEXTS.find(([pattern]) => pattern.test(context))?.[1];
  if (why === undefined) return ['the repository or organization uses a customized subject claim'];
  const form = withId
    ? `immutable subject format, with the IDs of owner and repository (the default for repositories created, renamed or transferred since July 2026); a credential for repo:${owner}/${name}:${context} does not match`
    : `subject format with names; a credential for repo:${owner}@${ownerId}/${name}@${repositoryId}:${context} does not match`;
  return [why, form];
}

/** Characters: enough to tell credentials apart; Entra ID accepts 120. */
const MAX_NAME_LENGTH = 100;

/**
 * For bash. The JSON is plain ASCII without single quotes, whatever the subject contains, so that neither a shell nor the log
 * changes it.
 */
function createCredentialCommand(clientId: string, { issuer, subject, audience }: OidcClaims): string {
  const name = `github-${subject.replace(/^repo:/, '')}`
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/-$/, '');
  const parameters = JSON.stringify({ name, issuer, subject, audiences: [audience] }).replace(
    /[^ -~]|'|:(?=:)|#(?=#)/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `az ad app federated-credential create --id ${clientId} --parameters '${parameters}'`;
}
