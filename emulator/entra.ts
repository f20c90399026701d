import { decodeJwt } from 'jose';
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { aadstsError, entraError, SignInError } from './aadsts.ts';
import { AUTHORITY_HOSTS, CLOUDS, resourceHost } from './hosts.ts';
import { json, target, type Reply, type Request, type Service, type Step } from './request-log.ts';
import { entraSigner, gitHubSigner } from './signer.ts';
import type { App, Role, Tenant } from './tenant.ts';

/** The lifetime of an access token, in seconds. */
const TOKEN_LIFETIME_S = 3599;
/** How far ahead of the service's clock an issuer's may be, in seconds. */
const SKEW_S = 300;
/** Names in the place of a tenant that stand for many; they cannot be used for client credentials. */
const MULTITENANT = ['common', 'organizations', 'consumers'];
const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

/** What an access token allows. */
interface Grant {
  /** The host that accepts it. */
  host: string;
  /** Milliseconds since 1970. */
  expires: number;
  roles: readonly Role[];
}

/** Entra ID: the token endpoint for client credentials, and the documents that a client may ask for before. */
export class Entra implements Service {
  readonly #tenant: Tenant;
  readonly #secrets: string[];
  readonly #grants = new Map<string, Grant>();

  /** Tokens it issues are added to `secrets`. */
  constructor(tenant: Tenant, secrets: string[]) {
    this.#tenant = tenant;
    this.#secrets = secrets;
  }

  serves(host: string): boolean {
    return AUTHORITY_HOSTS.has(host);
  }

  step(method: string, path: string): Step {
    return method === 'POST' && TOKEN_PATH.test(target(path).pathname) ? 'token' : 'other';
  }

  reject(request: Request, status: number, code: string, message: string): Reply {
    return entraError(request, status, code, message);
  }

  /** What `token` allows, undefined for a token that was not issued here. */
  grantOf(token: string): Grant | undefined {
    return this.#grants.get(token);
  }

  async respond(request: Request): Promise<Reply> {
    const { pathname } = target(request.path);
    const tenant = TOKEN_PATH.exec(pathname)?.[1];
    if (request.method !== 'POST' || tenant === undefined) return this.#discovery(request, pathname);
    try {
      return await this.#token(request, decodeURIComponent(tenant));
    } catch (error) {
      if (error instanceof SignInError) return aadstsError(request, error);
      throw error;
    }
  }

  async #token(request: Request, tenant: string): Promise<Reply> {
    this.#requireTenant(request.host, tenant);
    const form = new URLSearchParams(request.body);
    const field = (parameter: string): string => {
      const value = form.get(parameter);
      if (value === null || value === '') throw new SignInError(900144, { parameter });
      return value;
    };
    const grant = field('grant_type');
    if (grant !== 'client_credentials') throw new SignInError(70003, { grant });
    const client = field('client_id');
    const scope = field('scope');
    const app = this.#tenant.apps.find(({ clientId }) => clientId.toLowerCase() === client.toLowerCase());
    if (app === undefined) throw new SignInError(700016, { client, tenant });
    const resource = scope
      .split(' ')
      .map((one) => resourceHost(one, this.#tenant.cloud))
      .find((one) => one !== undefined);
    if (resource === undefined) throw new SignInError(500011, { scope, tenant });
    await authenticate(app, form);
    return this.#issue(app, resource);
  }

  /** Throws a {@link SignInError} unless `tenant` names this tenant, at a host of its cloud. */
  #requireTenant(host: string, tenant: string): void {
    if (MULTITENANT.includes(tenant.toLowerCase())) throw new SignInError(50059);
    if (!GUID.test(tenant) && !DOMAIN.test(tenant)) throw new SignInError(900023, { tenant });
    const { id, domain, cloud } = this.#tenant;
    const known = [id, domain].some((name) => name.toLowerCase() === tenant.toLowerCase());
    if (!known || !CLOUDS[cloud].authorities.includes(host)) throw new SignInError(90002, { tenant });
  }

  async #issue(app: App, host: string): Promise<Reply> {
    const now = Math.floor(Date.now() / 1000);
    const exp = now + TOKEN_LIFETIME_S;
    const signer = await entraSigner();
    const token = await signer.sign({
      aud: `https://${host}`,
      iss: `https://sts.windows.net/${this.#tenant.id}/`,
      iat: now,
      nbf: now,
      exp,
      app_displayname: 'b2c-upload-cert',
      appid: app.clientId,
      appidacr: '2',
      idtyp: 'app',
      ...(app.roles.length > 0 ? { roles: app.roles } : {}),
      tid: this.#tenant.id,
      uti: randomUUID(),
      ver: '1.0',
    });
    this.#grants.set(token, { host, expires: exp * 1000, roles: [...app.roles] });
    this.#secrets.push(token);
    return json(
      200,
      { token_type: 'Bearer', expires_in: TOKEN_LIFETIME_S, ext_expires_in: TOKEN_LIFETIME_S, access_token: token },
      { 'cache-control': 'no-store, no-cache', 'x-ms-request-id': randomUUID() },
    );
  }

  async #discovery(request: Request, pathname: string): Promise<Reply> {
    if (pathname.endsWith('/discovery/instance')) {
      const endpoint = `https://${request.host}/common/v2.0/.well-known/openid-configuration`;
      return json(200, { tenant_discovery_endpoint: endpoint, 'api-version': '1.1', metadata: INSTANCES });
    }
    if (pathname.endsWith('/discovery/v2.0/keys')) return json(200, (await entraSigner()).jwks);
    const tenant = /^\/([^/]+)\/(?:v2\.0\/)?\.well-known\/openid-configuration$/i.exec(pathname)?.[1];
    if (tenant === undefined) return json(404, { error: 'not_found' });
    try {
      if (!MULTITENANT.includes(tenant)) this.#requireTenant(request.host, decodeURIComponent(tenant));
    } catch (error) {
      if (error instanceof SignInError) return aadstsError(request, error);
      throw error;
    }
    const base = `https://${request.host}/${this.#tenant.id}`;
    return json(200, {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    });
  }
}

/** The clouds as instance discovery lists them. */
const INSTANCES = [CLOUDS.public, CLOUDS.usgov, CLOUDS.china].map(({ authorities }) => ({
  preferred_network: authorities[0],
  preferred_cache: authorities[1],
  aliases: authorities,
}));

/**
 * Accepts the app's secret, or an assertion that matches one of its federated credentials. Throws a {@link SignInError} for
 * anything else.
 */
async function authenticate(app: App, form: URLSearchParams): Promise<void> {
  const secret = form.get('client_secret');
  const assertion = form.get('client_assertion');
  if (secret !== null) {
    if (!isSecret(secret, app.clientSecret ?? '')) throw new SignInError(7000215, { client: app.clientId });
  } else if (assertion !== null) {
    await requireFederation(app, assertion);
  } else {
    throw new SignInError(7000218);
  }
}

/** An empty secret matches nothing. */
function isSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return b.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}

/** Issuer, signature, lifetime, audience, subject, in this order: the first that does not match determines the error. */
async function requireFederation(app: App, assertion: string): Promise<void> {
  const claims = claimsOf(assertion);
  const { federatedCredentials } = app;
  if (federatedCredentials.length === 0) throw new SignInError(70021);
  const ofIssuer = federatedCredentials.filter(({ issuer }) => issuer === claims.issuer);
  if (ofIssuer.length === 0) throw new SignInError(700211, { issuer: claims.issuer });
  if (!(await (await gitHubSigner()).signed(assertion))) throw new SignInError(700027);
  const now = Date.now() / 1000;
  if (now < claims.nbf - SKEW_S || claims.exp <= now) {
    const [nbf, exp] = [isoTime(claims.nbf), isoTime(claims.exp)];
    throw new SignInError(700024, { now: isoTime(now), nbf, exp });
  }
  const ofAudience = ofIssuer.filter(({ audience }) => audience === claims.audience);
  if (ofAudience.length === 0) throw new SignInError(700212, { audience: claims.audience });
  if (ofAudience.some(({ subject }) => subject === claims.subject)) return;
  const differsInCase = ofAudience.some(({ subject }) => subject.toLowerCase() === claims.subject.toLowerCase());
  throw new SignInError(differsInCase ? 7002138 : 700213, { subject: claims.subject });
}

interface Claims {
  issuer: string;
  subject: string;
  audience: string;
  nbf: number;
  exp: number;
}

function claimsOf(assertion: string): Claims {
  try {
    const { iss = '', sub = '', aud = '', nbf = 0, exp = 0 } = decodeJwt(assertion);
    return { issuer: iss, subject: sub, audience: typeof aud === 'string' ? aud : aud.join(' '), nbf, exp };
  } catch {
    throw new SignInError(50027);
  }
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
