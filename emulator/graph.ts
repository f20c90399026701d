import { GRAPH_HOSTS } from './hosts.ts';
import { endpoints } from './endpoints.ts';
import type { Entra } from './entra.ts';
import { graphError, ApiError, TOO_MANY_REQUESTS, unknownSegment } from './graph-error.ts';
import type { Reply, Request, Service, Step } from './request-log.ts';
import type { ServiceBehavior } from './service-behavior.ts';
import { callOf, findRoute, type Route } from './route.ts';
import type { Role, Tenant } from './tenant.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Microsoft Graph, as far as `beta/trustFramework/keySets` goes: throttle, token, route, app roles. */
export class Graph implements Service {
  readonly #entra: Entra;
  readonly #bucket: TokenBucket | undefined;
  readonly #routes: readonly Route[];

  constructor(tenant: Tenant, behavior: ServiceBehavior, entra: Entra, bucket?: TokenBucket) {
    this.#entra = entra;
    this.#bucket = bucket;
    this.#routes = endpoints(tenant, behavior);
  }

  serves(host: string): boolean {
    return GRAPH_HOSTS.has(host);
  }

  step(method: string, path: string): Step {
    return findRoute(this.#routes, method, path)?.step ?? 'other';
  }

  refuse(request: Request, status: number, code: string, message: string): Reply {
    return graphError(request, status, code, message);
  }

  answer(request: Request): Reply {
    const wait = this.#bucket?.take() ?? 0;
    if (wait > 0) {
      return graphError(request, 429, 'AADB2C95043', TOO_MANY_REQUESTS, { 'retry-after': String(wait) });
    }
    try {
      const roles = this.#authenticate(request);
      const route = findRoute(this.#routes, request.method, request.path);
      if (route === undefined) throw unknownSegment(request.path.split(/[/?]/)[2] ?? '');
      authorize(roles, route.roles);
      return route.run(callOf(route, request));
    } catch (refusal) {
      if (refusal instanceof ApiError) {
        return graphError(request, refusal.status, refusal.code, refusal.message);
      }
      throw refusal;
    }
  }

  /** The roles in the request's token. Throws the gateway's 401 where there is no token that is good here. */
  #authenticate(request: Request): readonly Role[] {
    const unauthorized = (message: string): ApiError => new ApiError(401, 'InvalidAuthenticationToken', message);
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('Access token is empty.');
    const grant = this.#entra.grantOf(token);
    if (grant === undefined) throw unauthorized('Access token validation failure. Invalid signature.');
    if (grant.audience !== `https://${request.host}`) {
      throw unauthorized('Access token validation failure. Invalid audience.');
    }
    if (grant.expires <= Date.now()) throw unauthorized('Lifetime validation failed, the token is expired.');
    return grant.roles;
  }
}

function authorize(held: readonly Role[], needed: readonly Role[]): void {
  if (needed.some((role) => held.includes(role))) return;
  const names = needed.join(', ');
  throw new ApiError(
    403,
    'AADB2C',
    `The application does not have any of the required application permissions (${names}) to access the resource. `,
  );
}
