import type { Clock } from './clock.ts';
import { endpoints, forbidden } from './endpoints.ts';
import type { Entra } from './entra.ts';
import {
  ApiError,
  graphError,
  NO_CONTENT_TYPE,
  NOT_JSON,
  TOO_MANY_REQUESTS,
  unknownSegment,
  UNREADABLE,
} from './graph-error.ts';
import { GRAPH_HOSTS } from './hosts.ts';
import { bearerToken, jsonObject, type Reply, type Request, type Service, type Step } from './request-log.ts';
import { callOf, findRoute, type Route } from './route.ts';
import type { ServiceBehavior } from './service-behavior.ts';
import type { Role, Tenant } from './tenant.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Microsoft Graph, as far as `beta/trustFramework/keySets` goes: throttle, token, content type, route, app roles. */
export class Graph implements Service {
  readonly #entra: Entra;
  readonly #behavior: ServiceBehavior;
  readonly #bucket: TokenBucket | undefined;
  readonly #routes: readonly Route[];

  constructor(tenant: Tenant, behavior: ServiceBehavior, clock: Clock, entra: Entra, bucket?: TokenBucket) {
    this.#entra = entra;
    this.#behavior = behavior;
    this.#bucket = bucket;
    this.#routes = endpoints(tenant, behavior, clock);
  }

  serves(host: string): boolean {
    return GRAPH_HOSTS.has(host);
  }

  step(method: string, path: string): Step {
    return findRoute(this.#routes, method, path)?.step ?? 'other';
  }

  reject(request: Request, status: number, code: string, message: string): Reply {
    return graphError(request, status, code, message);
  }

  respond(request: Request): Reply {
    const reply = this.#respond(request);
    const date = new Date(Date.now() + this.#behavior.clockSkewMs).toUTCString();
    return { ...reply, headers: { ...reply.headers, date } };
  }

  #respond(request: Request): Reply {
    const wait = this.#bucket?.take() ?? 0;
    if (wait > 0) {
      return graphError(request, 429, 'AADB2C95043', TOO_MANY_REQUESTS, { 'retry-after': String(wait) });
    }
    try {
      const roles = this.#authenticate(request);
      requireJson(request);
      const route = findRoute(this.#routes, request.method, request.path);
      if (route === undefined) throw unknownSegment(request.path.split(/[/?]+/)[2] ?? '');
      if (!route.roles.some((role) => roles.includes(role))) throw forbidden(route.roles);
      return route.run(callOf(route, request));
    } catch (error) {
      if (error instanceof ApiError) return graphError(request, error.status, error.code, error.message);
      throw error;
    }
  }

  /** The roles in the request's token. Throws the gateway's 401 where there is no token that is valid here. */
  #authenticate(request: Request): readonly Role[] {
    const unauthorized = (message: string): ApiError => new ApiError(401, 'InvalidAuthenticationToken', message);
    const token = bearerToken(request);
    if (token === undefined) throw unauthorized('Access token is empty.');
    const grant = this.#entra.grantOf(token);
    if (grant === undefined) throw unauthorized('Access token validation failure. Invalid signature.');
    if (grant.host !== request.host) throw unauthorized('Access token validation failure. Invalid audience.');
    if (grant.expires <= Date.now()) throw unauthorized('Lifetime validation failed, the token is expired.');
    return grant.roles;
  }
}

/** The gateway reads no body that is not declared to be JSON. */
function requireJson({ method, headers, body }: Request): void {
  if (method === 'GET' || method === 'DELETE') return;
  const bad = (message: string): ApiError => new ApiError(400, 'BadRequest', message);
  const type = headers['content-type'];
  if (type === undefined) throw bad(NO_CONTENT_TYPE);
  if (!/^application\/json\s*(;|$)/i.test(type)) throw bad(NOT_JSON);
  if (jsonObject(body) === undefined) throw bad(UNREADABLE);
}
