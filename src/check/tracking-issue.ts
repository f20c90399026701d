import { hash } from 'node:crypto';
import type { getOctokit } from '@actions/github';
import { HttpError, invalidResponse, isRemoteError } from '../http/errors.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { sanitizeLine } from '../runner/sanitize.ts';
import { ActionError } from '../shared/action-error.ts';
import { plural } from '../shared/format.ts';
import { isRecord, readText } from '../shared/json.ts';
import { isDoubtful, type KeysetHealth, needsAttention } from './evaluate.ts';
import type { CheckInputs } from './inputs.ts';
import { describeHealth } from './messages.ts';
import { octokitFetch, rethrowUnwrapped } from './octokit-fetch.ts';

/** By which issues are listed: GitHub's search lags behind. */
const LABEL = 'b2c-policy-keys';
const PAGE_SIZE = 100;
/** No repository has so many issues of this kind open. */
const MAX_PAGES = 10;
/** GitHub accepts 65,536 characters; this many sentences stay below. */
const MAX_LINES = 100;
const TRUSTED_ASSOCIATIONS: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** What the issue is about: a check never closes an issue about keysets that it did not look at. */
interface IssueScope extends Pick<CheckInputs, 'keysetIds' | 'excluded' | 'githubToken'> {
  /** The tenant's GUID where it is known. */
  readonly tenantId: string;
  readonly identity: { readonly app: { readonly tenantId: string } };
}

/**
 * Maintains one issue of the repository for a tenant and a selection of keysets: opens it when a keyset needs attention, updates
 * it when the status changes, closes it when all keysets are healthy. It is found by a label and a marker in its body.
 *
 * @returns its number while it is open, or when this run closed it; nothing without one, or when GitHub rejects the request,
 *   which is a warning and no failure
 */
export async function syncIssue(
  results: readonly KeysetHealth[],
  scope: IssueScope,
  context: ActionContext,
): Promise<number | undefined> {
  const { client } = context;
  try {
    const { context: job, getOctokit } = await import('@actions/github');
    const octokit = getOctokit(scope.githubToken, { request: { fetch: octokitFetch(client) } });
    octokit.hook.error('request', rethrowUnwrapped);
    const issue = new TrackingIssue(octokit.rest.issues, job.repo, scope, context);
    // Every attempt begins with the list, so it finds what an earlier one did.
    return await client.retry(() => issue.sync(results));
  } catch (error) {
    if (!isRemoteError(error) && !(error instanceof ActionError)) throw error;
    log.warning(`open-issue: the issue could not be updated: ${describeError(error)}`);
    return undefined;
  }
}

function describeError(error: Error): string {
  if (!(error instanceof HttpError)) return `${error.message}.`;
  const hint = [403, 404].includes(error.status) ? ' Does the job have the permission `issues: write`?' : '';
  const text = [error.message, error.serviceMessage].filter(Boolean).join(': ');
  return `${text.replace(/\.$/, '')}.${hint}`;
}

const CLOSED = { state: 'closed', state_reason: 'completed' } as const;
/** What a change of the status changes in the issue. */
type IssueFields = { readonly body: string } | typeof CLOSED;
type IssuesApi = ReturnType<typeof getOctokit>['rest']['issues'];

interface Issue {
  readonly number: number;
  readonly body: string;
}

class TrackingIssue {
  readonly #api: IssuesApi;
  readonly #repo: { readonly owner: string; readonly repo: string };
  readonly #writes: ActionContext['writes'];
  readonly #about: ReturnType<typeof describeScope>;
  /** The issue that an earlier attempt commented on. */
  #commentedOn: number | undefined;

  constructor(api: IssuesApi, repo: { owner: string; repo: string }, scope: IssueScope, { writes }: ActionContext) {
    this.#api = api;
    this.#repo = repo;
    this.#writes = writes;
    this.#about = describeScope(scope);
  }

  async sync(results: readonly KeysetHealth[]): Promise<number | undefined> {
    const unhealthy = results.filter(needsAttention);
    const text = describe(unhealthy, this.#about.selection);
    const contentHash = `<!-- content ${hash('sha256', text)} -->`;
    const body = [this.#about.markers[0], contentHash, text].join('\n');
    const found = await this.#find();
    if (found === undefined && unhealthy.length > 0) return await this.#open(body);
    // An earlier attempt may have closed it, and lost the response.
    const number = found?.number ?? this.#commentedOn;
    if (number === undefined) return undefined;
    if (unhealthy.length === 0 && !isConfirmed(results)) {
      log.notice(`open-issue: issue #${number} stays open: the service did not confirm that all keysets are healthy.`);
    } else if (unhealthy.length === 0) {
      if (found) await this.#change(number, 'All policy keys are healthy again.', CLOSED);
      log.info(`open-issue: closed issue #${number}, all keysets are healthy.`);
    } else if (found?.body.includes(contentHash)) {
      log.info(`open-issue: issue #${number} is up to date.`);
    } else {
      await this.#change(number, text, { body });
      log.info(`open-issue: updated issue #${number}.`);
    }
    return number;
  }

  /** Page by page, by number: links in a response are not followed. */
  async #find(): Promise<Issue | undefined> {
    const { markers } = this.#about;
    const query = { ...this.#repo, state: 'open', labels: LABEL, per_page: PAGE_SIZE } as const;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const { data }: { data: unknown } = await this.#api.listForRepo({ ...query, page });
      if (!Array.isArray(data)) throw invalidResponse('GitHub', 'a list of issues');
      const found = data.map(readIssue).find((issue) => markers.some((marker) => issue?.body.startsWith(marker)));
      if (found || data.length < PAGE_SIZE) return found;
    }
    return undefined;
  }

  async #open(body: string): Promise<number> {
    const request = { ...this.#repo, title: this.#about.title, body, labels: [LABEL] };
    const { data }: { data: unknown } = await this.#writes.attempt('a new issue', () => this.#api.create(request));
    const { number, labels } = isRecord(data) ? data : {};
    if (typeof number !== 'number') throw invalidResponse('GitHub', 'an issue');
    log.info(`open-issue: opened issue #${number}.`);
    // GitHub drops the labels of those who may not set them, without an error.
    if (Array.isArray(labels) && labels.length === 0)
      log.warning(
        `open-issue: the token may not set labels, so the next run opens another issue. Add the label ${LABEL} to issue #${number}, or use a token with \`issues: write\`.`,
      );
    return number;
  }

  /** Comments first: should the comment be lost, the next run finds an issue that is not up to date. */
  async #change(number: number, comment: string, fields: IssueFields): Promise<void> {
    const issue = { ...this.#repo, issue_number: number };
    const what = `issue #${number}`;
    if (this.#commentedOn !== number)
      await this.#writes.attempt(what, () => this.#api.createComment({ ...issue, body: comment }));
    this.#commentedOn = number;
    await this.#writes.attempt(what, () => this.#api.update({ ...issue, ...fields }));
  }
}

/**
 * Narrows an entry of a list of issues.
 *
 * @returns undefined for a pull request, and for issues of others: anybody may open one in a public repository, and must not be
 *   able to silence the alarm
 */
function readIssue(value: unknown): Issue | undefined {
  if (!isRecord(value) || typeof value.number !== 'number' || isRecord(value.pull_request)) return undefined;
  const isBot = isRecord(value.user) && value.user.type === 'Bot';
  if (!isBot && !TRUSTED_ASSOCIATIONS.includes(value.author_association)) return undefined;
  return { number: value.number, body: readText(value.body) ?? '' };
}

/** Whether it is known, and not only likely by dates, that no keyset needs attention: a tenant without keysets may be the wrong one. */
const isConfirmed = (results: readonly KeysetHealth[]): boolean =>
  results.length > 0 && results.every((health) => health.verified !== false && !isDoubtful(health));

/** How an issue says what it is about, whatever the order in which the inputs name the keysets. */
function describeScope({ tenantId, identity, keysetIds, excluded }: IssueScope) {
  const given = identity.app.tenantId;
  const lists = [keysetIds, excluded].map((list) => list.map((entry) => entry.toLowerCase()).sort());
  const selectionHash = hash('sha256', JSON.stringify(lists)).slice(0, 16);
  const isAll = keysetIds.length + excluded.length === 0;
  const included = keysetIds.length > 0 ? 'the keysets listed in keyset-ids' : 'all keysets';
  const except = excluded.length > 0 ? ' except those that match exclude-keyset-ids' : '';
  return {
    title: `Azure AD B2C policy keys need attention (tenant ${given}${isAll ? '' : ', selected keysets'})`,
    /** Lines of the text. */
    selection: isAll ? [] : [`This issue is about ${included}${except}.`, ''],
    /** The first line of the issue; the second is of runs that did not know the tenant's GUID. */
    markers: [tenantId, given.toLowerCase()].map(
      (tenant) => `<!-- b2c-upload-cert/check tenant=${tenant} selection=${isAll ? 'all' : selectionHash} -->`,
    ),
  };
}

/** Markdown that stays the same as long as the status does. */
function describe(results: readonly KeysetHealth[], selection: readonly string[]): string {
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
    ...(hidden > 0 ? [`- and ${plural(hidden, 'more keyset')}`] : []),
    '',
    ...selection,
    'Upload a replacement before they expire: a new certificate that becomes valid before the old one expires, and early enough for partners to trust it.',
  ].join('\n');
}
