import { json, jsonObject, target, type Reply, type Request, type Service, type Step } from './request-log.ts';

/** An issue or a pull request, which GitHub lists alike. */
export interface Issue {
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  state_reason?: string;
  user: { login: string; type: 'Bot' | 'User' };
  author_association: string;
  labels: string[];
  comments: string[];
  pull_request?: object;
}

/** The API of github.com, and that of a GitHub Enterprise Server, which is below a path. */
const HOSTS: Readonly<Record<string, string>> = { 'api.github.com': '', 'ghes.contoso.example': '/api/v3' };
/** Characters that the body of an issue or comment may have. */
const MAX_BODY = 65_536;
const MAX_PAGE = 100;

/**
 * GitHub's REST API for the issues of one repository, on any host. As with the real one, an issue may be given labels that do not
 * exist, which creates them.
 *
 * @see https://docs.github.com/rest/issues/issues
 */
export class Issues implements Service {
  /** In the order of their numbers. */
  readonly all: Issue[] = [];
  /** The names of the repository's labels. */
  readonly labels = new Set<string>();
  /** The address of the next page in every list, in the place of the true one. */
  nextPage: string | undefined;

  serves(host: string): boolean {
    return host in HOSTS;
  }

  step(): Step {
    return 'issues';
  }

  reject(_request: Request, status: number, _code: string, message: string): Reply {
    return json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) });
  }

  /** Adds an issue that somebody else opened, with the next number unless there is another. */
  add(members: Partial<Issue> = {}): Issue {
    const issue: Issue = {
      number: this.all.length + 1,
      title: '',
      body: '',
      state: 'open',
      user: { login: 'octocat', type: 'User' },
      author_association: 'NONE',
      labels: [],
      comments: [],
      ...members,
    };
    for (const label of issue.labels) this.labels.add(label);
    this.all.push(issue);
    return issue;
  }

  respond(request: Request): Reply {
    const { method, host, headers } = request;
    const { pathname, query } = target(request.path);
    if (!/^(token|bearer) \S+$/i.test(headers.authorization ?? ''))
      return this.reject(request, 401, '', 'Requires authentication');
    const [, path = ''] = /^\/repos\/[^/]+\/[^/]+\/(.*)$/.exec(pathname.slice(HOSTS[host]?.length)) ?? [];
    const fields = jsonObject(request.body) ?? {};
    if (typeof fields.body === 'string' && fields.body.length > MAX_BODY)
      return this.reject(request, 422, '', 'Validation Failed: body is too long');
    const [collection, id, part] = path.split('/');
    if (collection === 'labels') return this.#respondAboutLabels(request, id, fields);
    if (collection !== 'issues') return this.reject(request, 404, '', 'Not Found');
    if (id === undefined) {
      return method === 'POST' ? this.#create(fields) : this.#page(request, this.#matching(query).toReversed(), shown);
    }
    const issue = this.all.find(({ number }) => number === Number(id));
    if (issue === undefined) return this.reject(request, 404, '', 'Not Found');
    return this.#respondAboutIssue(request, issue, part, fields);
  }

  #respondAboutIssue(request: Request, issue: Issue, part: string | undefined, fields: Record<string, unknown>): Reply {
    const { labels = issue.labels, ...members } = membersOf(fields);
    if (part === 'comments') {
      return request.method === 'POST' ? comment(issue, fields) : this.#page(request, issue.comments, shownComment);
    }
    if (part === 'labels') {
      issue.labels = [...new Set([...issue.labels, ...labels])];
    } else if (request.method === 'PATCH') {
      Object.assign(issue, members, { labels });
    }
    for (const label of issue.labels) this.labels.add(label);
    return json(200, part === 'labels' ? shown(issue).labels : shown(issue));
  }

  #respondAboutLabels(request: Request, id: string | undefined, { name }: Record<string, unknown>): Reply {
    if (id !== undefined) {
      const label = decodeURIComponent(id);
      return this.labels.has(label) ? json(200, { name: label }) : this.reject(request, 404, '', 'Not Found');
    }
    if (typeof name !== 'string' || this.labels.has(name)) {
      return this.reject(request, 422, '', 'Validation Failed: {"resource":"Label","code":"already_exists"}');
    }
    this.labels.add(name);
    return json(201, { name });
  }

  #matching(query: URLSearchParams): Issue[] {
    const state = query.get('state') ?? 'open';
    const labels = query.get('labels')?.split(',') ?? [];
    const creator = query.get('creator');
    return this.all.filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        labels.every((label) => issue.labels.some((one) => one.toLowerCase() === label.toLowerCase())) &&
        (creator === null || issue.user.login === creator),
    );
  }

  /** A page of a list, and where the next one is. */
  #page<T>(request: Request, entries: readonly T[], show: (entry: T, index: number) => object): Reply {
    const { query } = target(request.path);
    const size = Math.min(Number(query.get('per_page') ?? 30), MAX_PAGE);
    const number = Number(query.get('page') ?? 1);
    const next = new URL(request.path, `https://${request.host}`);
    next.searchParams.set('page', String(number + 1));
    const link = this.nextPage ?? (entries.length > number * size ? next.href : undefined);
    return json(
      200,
      entries.slice((number - 1) * size, number * size).map(show),
      link === undefined ? {} : { link: `<${link}>; rel="next"` },
    );
  }

  #create(fields: Record<string, unknown>): Reply {
    const user = { login: 'github-actions[bot]', type: 'Bot' } as const;
    return json(201, shown(this.add({ ...membersOf(fields), user })));
  }
}

function comment(issue: Issue, { body }: Record<string, unknown>): Reply {
  issue.comments.push(String(body));
  return json(201, shownComment(String(body), issue.comments.length - 1));
}

/** The members of an issue that a client may set. */
function membersOf({ title, body, state, state_reason, labels }: Record<string, unknown>): Partial<Issue> {
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof body === 'string' && { body }),
    ...(typeof state_reason === 'string' && { state_reason }),
    ...((state === 'open' || state === 'closed') && { state }),
    ...(Array.isArray(labels) && { labels: labels.map(String) }),
  };
}

/** An issue as the API shows it. */
const shown = ({
  labels,
  comments,
  ...issue
}: Issue): Omit<Issue, 'labels' | 'comments'> & { labels: object[]; comments: number } => ({
  ...issue,
  labels: labels.map((name) => ({ name })),
  comments: comments.length,
});

const shownComment = (body: string, index: number): object => ({ id: index + 1, body });
