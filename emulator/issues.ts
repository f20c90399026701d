import { json, jsonObject, target, type Reply, type Request, type Service, type Step } from './request-log.ts';

/** An issue or a pull request, which GitHub lists alike. */
export interface Issue {
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  user: { login: string; type: 'Bot' | 'User' };
  author_association: string;
  comments: string[];
  pull_request?: object;
}

/** github.com's API, and that of a GitHub Enterprise Server, which stands below a path. */
const HOSTS: Readonly<Record<string, string>> = { 'api.github.com': '', 'ghes.contoso.example': '/api/v3' };
const MAX_BODY = 65_536;

/** GitHub's API of issues, for one repository on any host. */
export class Issues implements Service {
  readonly all: Issue[] = [];

  serves(host: string): boolean {
    return host in HOSTS;
  }

  step(): Step {
    return 'other';
  }

  refuse(_request: Request, status: number, _code: string, message: string): Reply {
    return json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) });
  }

  /** Puts an issue there that somebody else opened. */
  add(members: Partial<Issue>): Issue {
    const issue: Issue = {
      number: this.all.length + 1,
      title: '',
      body: '',
      state: 'open',
      user: { login: 'octocat', type: 'User' },
      author_association: 'NONE',
      comments: [],
      ...members,
    };
    this.all.push(issue);
    return issue;
  }

  answer(request: Request): Reply {
    const { pathname, query } = target(request.path);
    const path = /^\/repos\/[^/]+\/[^/]+\/issues(?:\/(\d+)(\/comments)?)?$/.exec(
      pathname.slice(HOSTS[request.host]?.length),
    );
    if (!/^token \S+$/.test(request.headers.authorization ?? ''))
      return this.refuse(request, 401, '', 'Requires authentication');
    if (path === null) return this.refuse(request, 404, '', 'Not Found');
    if (request.method === 'GET') return this.#list(request, query);
    const fields = jsonObject(request.body);
    if (typeof fields.body === 'string' && fields.body.length > MAX_BODY)
      return this.refuse(request, 422, '', 'Validation Failed: body is too long');
    if (path[1] === undefined) return this.#create(fields);
    const issue = this.all.find(({ number }) => number === Number(path[1]));
    if (issue === undefined) return this.refuse(request, 404, '', 'Not Found');
    if (path[2] !== undefined) return this.#comment(issue, fields);
    Object.assign(issue, fields);
    return json(200, issue);
  }

  #list(request: Request, query: URLSearchParams): Reply {
    const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
    const open = this.all.filter(({ state }) => state === 'open');
    const next = new URL(request.path, `https://${request.host}`);
    next.searchParams.set('page', String(page + 1));
    const more = open.length > page * size;
    return json(200, open.slice((page - 1) * size, page * size), more ? { link: `<${next.href}>; rel="next"` } : {});
  }

  #create({ title, body }: Record<string, unknown>): Reply {
    const user = { login: 'github-actions[bot]', type: 'Bot' } as const;
    return json(201, this.add({ title: String(title), body: String(body), user }));
  }

  #comment(issue: Issue, { body }: Record<string, unknown>): Reply {
    issue.comments.push(String(body));
    return json(201, { id: issue.comments.length, body });
  }
}
