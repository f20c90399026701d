import { createHash } from 'node:crypto';
import type { HttpClient } from '../http/client.ts';
import { log } from '../runner/log.ts';
import { sanitizeLine } from '../runner/sanitize.ts';
import { isRecord } from '../shared/json.ts';
import { type KeysetHealth, needsAttention } from './evaluate.ts';
import type { CheckInputs } from './inputs.ts';
import { describeHealth } from './messages.ts';
import { octokitFetch } from './octokit-fetch.ts';

/** GitHub accepts 65,536 characters; this many sentences stay below. */
const MAX_LINES = 100;
/** GitHub hides from a token without permission that something exists, so 404 means the same as 403. */
const PERMISSION_STATUSES: readonly unknown[] = [403, 404];
const TRUSTED_ASSOCIATIONS: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/**
 * Maintains one issue of the repository: opens it when a keyset needs attention, updates it when the status changes, closes it
 * when all keysets are healthy. It is found by a marker in its body, one for each tenant.
 *
 * @returns its number while it is open, or when this run closed it; nothing without one, or when GitHub rejects the request,
 *   which is a warning and no failure
 */
export async function syncIssue(
  results: readonly KeysetHealth[],
  { identity, githubToken }: Pick<CheckInputs, 'identity' | 'githubToken'>,
  client: HttpClient,
): Promise<number | undefined> {
  try {
    return await sync(results.filter(needsAttention), `tenant ${identity.app.tenantId}`, githubToken, client);
  } catch (error) {
    const isPermissionError = isRecord(error) && PERMISSION_STATUSES.includes(error.status);
    const hint = isPermissionError ? ' Does the job have the permission `issues: write`?' : '';
    log.warning(`open-issue: the issue could not be updated: ${String(error)}.${hint}`);
    return undefined;
  }
}

async function sync(
  unhealthy: readonly KeysetHealth[],
  tenant: string,
  token: string,
  client: HttpClient,
): Promise<number | undefined> {
  const { context, getOctokit } = await import('@actions/github');
  const { rest, paginate } = getOctokit(token, { request: { fetch: octokitFetch(client) } });
  const marker = `<!-- b2c-upload-cert/check ${tenant} -->`;
  const open = await paginate(rest.issues.listForRepo, { ...context.repo, state: 'open', per_page: 100 });
  const found = open.find(
    ({ body, user, author_association: author }) =>
      // Anybody may open an issue in a public repository, and must not be able to silence the alarm.
      body?.startsWith(marker) && (user?.type === 'Bot' || TRUSTED_ASSOCIATIONS.includes(author)),
  );
  const text = describe(unhealthy);
  const contentHash = `<!-- content ${createHash('sha256').update(text).digest('hex')} -->`;
  const body = [marker, contentHash, text].join('\n');

  if (found === undefined) {
    if (unhealthy.length === 0) return undefined;
    const title = `Azure AD B2C policy keys need attention (${tenant})`;
    const { data } = await rest.issues.create({ ...context.repo, title, body });
    log.info(`open-issue: opened issue #${data.number}.`);
    return data.number;
  }
  const issue = { ...context.repo, issue_number: found.number };
  if (unhealthy.length === 0) {
    await rest.issues.update({ ...issue, state: 'closed', state_reason: 'completed' });
    await rest.issues.createComment({ ...issue, body: 'All policy keys are healthy again.' });
    log.info(`open-issue: closed issue #${found.number}, all keysets are healthy.`);
  } else if (found.body?.includes(contentHash)) {
    log.info(`open-issue: issue #${found.number} is up to date.`);
  } else {
    await rest.issues.update({ ...issue, body });
    await rest.issues.createComment({ ...issue, body: text });
    log.info(`open-issue: updated issue #${found.number}.`);
  }
  return found.number;
}

/** Markdown that stays the same as long as the status does. */
function describe(results: readonly KeysetHealth[]): string {
  // In code spans, so that no ID of the tenant becomes markup or a mention.
  const lines = results.slice(0, MAX_LINES).map((health) => {
    const sentence = sanitizeLine(`${health.id} ${describeHealth(health)}`, 500);
    return `- **${health.state}**: \`${sentence.replaceAll('`', "'")}\``;
  });
  const hidden = results.length - lines.length;
  return [
    'These policy keys need attention:',
    '',
    ...lines,
    ...(hidden > 0 ? [`- and ${hidden} more`] : []),
    '',
    'Upload a replacement before they expire: a new certificate that becomes valid before the old one expires, and early enough for partners to trust it.',
  ].join('\n');
}
