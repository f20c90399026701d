import { createHash } from 'node:crypto';
import type { Client } from '../http/client.ts';
import { isRecord } from '../shared/json.ts';
import { harmless } from '../runner/harmless.ts';
import { log } from '../runner/log.ts';
import { fetchThrough } from './fetch.ts';
import type { CheckInputs } from './inputs.ts';
import { type Judgement, needsHand } from './judge.ts';
import { describeJudgement } from './words.ts';

/** GitHub takes 65,536 characters; this many sentences stay below. */
const MAX_LINES = 100;
/** GitHub hides from a token without permission that a thing exists, so 404 means the same as 403. */
const REFUSALS: readonly unknown[] = [403, 404];
const INSIDERS: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/**
 * Keeps one issue of the repository true: opens it when a keyset needs a hand, updates it when the picture changes, closes it
 * when all is well. It is found again by a marker in its body, one for each tenant.
 *
 * @returns its number while it is open, or when this run closed it; nothing without one, or when GitHub does not let us, which
 *   is a warning and no failure
 */
export async function keepIssue(
  judgements: readonly Judgement[],
  { app, githubToken }: Pick<CheckInputs, 'app' | 'githubToken'>,
  client: Client,
): Promise<number | undefined> {
  try {
    return await keep(judgements.filter(needsHand), `tenant ${app.tenantId}`, githubToken, client);
  } catch (error) {
    const isRefusal = isRecord(error) && REFUSALS.includes(error.status);
    const hint = isRefusal ? ' Does the job have the permission `issues: write`?' : '';
    log.warning(`open-issue: the issue could not be kept up to date. GitHub says: ${String(error)}.${hint}`);
    return undefined;
  }
}

async function keep(
  concerned: readonly Judgement[],
  tenant: string,
  token: string,
  client: Client,
): Promise<number | undefined> {
  const { context, getOctokit } = await import('./github.ts');
  const { rest, paginate } = getOctokit(token, { request: { fetch: fetchThrough(client) } });
  const marker = `<!-- b2c-upload-cert/check ${tenant} -->`;
  const open = await paginate(rest.issues.listForRepo, { ...context.repo, state: 'open', per_page: 100 });
  const found = open.find(
    ({ body, user, author_association: author }) =>
      // Anybody may open an issue in a public repository: an alarm must not be talked out of being raised.
      body?.startsWith(marker) && (user?.type === 'Bot' || INSIDERS.includes(author)),
  );
  const text = describe(concerned);
  const picture = `<!-- picture ${createHash('sha256').update(text).digest('hex')} -->`;
  const body = [marker, picture, text].join('\n');

  if (found === undefined) {
    if (concerned.length === 0) return undefined;
    const title = `Policy keys of Azure AD B2C need a hand (${tenant})`;
    const { data } = await rest.issues.create({ ...context.repo, title, body });
    log.info(`open-issue: opened issue #${data.number}.`);
    return data.number;
  }
  const at = { ...context.repo, issue_number: found.number };
  if (concerned.length === 0) {
    await rest.issues.update({ ...at, state: 'closed', state_reason: 'completed' });
    await rest.issues.createComment({ ...at, body: 'All policy keys are healthy again.' });
    log.info(`open-issue: closed issue #${found.number}, all is well.`);
  } else if (found.body?.includes(picture)) {
    log.info(`open-issue: issue #${found.number} is up to date.`);
  } else {
    await rest.issues.update({ ...at, body });
    await rest.issues.createComment({ ...at, body: text });
    log.info(`open-issue: updated issue #${found.number}.`);
  }
  return found.number;
}

/** Markdown that is the same as long as the picture is. */
function describe(judgements: readonly Judgement[]): string {
  // In code spans, so that no id of the tenant becomes markup or a mention.
  const lines = judgements.slice(0, MAX_LINES).map((judgement) => {
    const sentence = harmless(`${judgement.id} ${describeJudgement(judgement)}`, 500);
    return `- **${judgement.state}**: \`${sentence.replaceAll('`', "'")}\``;
  });
  const hidden = judgements.length - lines.length;
  return [
    'These policy keys need a hand:',
    '',
    ...lines,
    ...(hidden > 0 ? [`- and ${hidden} more`] : []),
    '',
    'Upload a successor before they run out: a new certificate that becomes valid before the old one ends, and early enough for partners to trust it.',
  ].join('\n');
}
