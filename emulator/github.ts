import { randomBytes, randomUUID } from 'node:crypto';
import { bearerToken, json, target, type Reply, type Request, type Service, type Step } from './request-log.ts';
import { gitHubSigner } from './signer.ts';
import { GITHUB_ISSUER } from './tenant.ts';

/** The service that issues OIDC tokens to a running job. */
const RUN_ACTIONS = 'run-actions-1-azure-eastus.actions.githubusercontent.com';

/** Claims of a job that differ from the default job's; any claim can be set directly. */
export interface JobOverrides {
  repository?: string;
  /** `refs/heads/…` or `refs/tags/…`. */
  ref?: string;
  /** Empty: a job without an environment, so that the subject contains the ref. */
  environment?: string;
  event_name?: string;
  /** That of a GitHub Enterprise Server, of GHE.com, or of an enterprise with an issuer of its own. */
  issuer?: string;
  /** Whether the subject contains the IDs of owner and repository beside their names. */
  immutable?: boolean;
  [claim: string]: unknown;
}

interface Job {
  requestToken: string;
  issuer: string;
  /** They override what is computed when a token is made: `aud`, `iat`, `exp` and the like. */
  claims: Record<string, unknown>;
}

/** GitHub: the endpoint where a job requests its OIDC token, and the issuer's public documents. */
export class GitHub implements Service {
  readonly #secrets: string[];
  readonly #jobs = new Map<string, Job>();

  /** Tokens it issues are added to `secrets`. */
  constructor(secrets: string[]) {
    this.#secrets = secrets;
  }

  serves(host: string): boolean {
    return (
      host.endsWith('.actions.githubusercontent.com') || this.#issuers().some((issuer) => new URL(issuer).host === host)
    );
  }

  step(_method: string, path: string): Step {
    return path.includes('/idtoken/') ? 'oidc' : 'other';
  }

  reject(_request: Request, status: number, code: string, message: string): Reply {
    return json(status, { message, typeKey: code });
  }

  /** The environment that a runner gives a job with `id-token: write`. */
  job(overrides: JobOverrides = {}): Record<string, string> {
    const { issuer = GITHUB_ISSUER, immutable = false, ...claims } = overrides;
    const path = `/${this.#jobs.size + 1}//idtoken/${randomUUID()}/${randomUUID()}`;
    const requestToken = randomBytes(48).toString('base64url');
    this.#jobs.set(path, { requestToken, issuer, claims: claimsOf(claims, immutable) });
    this.#secrets.push(requestToken);
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `https://${RUN_ACTIONS}${path}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    };
  }

  async respond(request: Request): Promise<Reply> {
    const { pathname, query } = target(request.path);
    const job = this.#jobs.get(pathname);
    if (job) return this.#token(job, request, query.get('audience'));
    const issuer = this.#issuers().find((one) =>
      `https://${request.host}${pathname}`.startsWith(`${one}/.well-known/`),
    );
    if (issuer !== undefined && pathname.endsWith('/jwks')) return json(200, (await gitHubSigner()).jwks);
    if (issuer !== undefined && pathname.endsWith('/openid-configuration'))
      return json(200, openIdConfiguration(issuer));
    return this.reject(request, 404, 'NotFound', 'Not Found');
  }

  async #token(job: Job, request: Request, audience: string | null): Promise<Reply> {
    if (bearerToken(request) !== job.requestToken)
      return this.reject(request, 401, 'Unauthorized', 'The request token is not valid.');
    const now = Math.floor(Date.now() / 1000);
    const signer = await gitHubSigner();
    const value = await signer.sign({
      jti: randomUUID(),
      aud: audience ?? `https://github.com/${String(job.claims.repository_owner)}`,
      iss: job.issuer,
      // GitHub's tokens are valid from ten minutes ago, and for five more.
      nbf: now - 600,
      exp: now + 300,
      iat: now,
      ...job.claims,
    });
    this.#secrets.push(value);
    return json(200, { count: value.length, value });
  }

  #issuers(): string[] {
    return [GITHUB_ISSUER, ...[...this.#jobs.values()].map(({ issuer }) => issuer.replace(/\/$/, ''))];
  }
}

function openIdConfiguration(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}

/**
 * The claims of a job, as GitHub's "OpenID Connect reference" lists them. The subject is derived from them: the
 * environment when there is one, else the pull request, else the ref.
 */
function claimsOf(overrides: JobOverrides, immutable: boolean): Record<string, unknown> {
  const {
    repository = 'contoso/identity',
    ref = 'refs/heads/main',
    environment = 'b2c-production',
    event_name = 'push',
  } = overrides;
  const [owner = '', name = ''] = repository.split('/');
  const sha = 'd6cd1e2bd19e03a81132a23b2025920577f84e37';
  const workflow_ref = `${repository}/.github/workflows/certificates.yml@${ref}`;
  const claims = {
    ref,
    sha,
    repository,
    repository_owner: owner,
    repository_owner_id: '65',
    run_id: '11958234190',
    run_number: '10',
    run_attempt: '1',
    repository_visibility: 'private',
    repository_id: '74',
    actor_id: '12',
    actor: 'octocat',
    workflow: 'Certificates',
    head_ref: event_name === 'pull_request' ? 'feature' : '',
    base_ref: event_name === 'pull_request' ? 'main' : '',
    event_name,
    ref_protected: 'true',
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    workflow_ref,
    workflow_sha: sha,
    job_workflow_ref: workflow_ref,
    job_workflow_sha: sha,
    runner_environment: 'github-hosted',
    ...overrides,
    environment: environment === '' ? undefined : environment,
  };
  const subject = immutable
    ? `repo:${owner}@${claims.repository_owner_id}/${name}@${claims.repository_id}`
    : `repo:${repository}`;
  const context =
    environment !== '' ? `environment:${environment}` : event_name === 'pull_request' ? event_name : `ref:${ref}`;
  return { sub: `${subject}:${context}`, ...claims };
}
