import type { Entra } from './entra.ts';
import { MANAGEMENT_HOST } from './hosts.ts';
import { bearerToken, json, target, type Reply, type Request, type Service, type Step } from './request-log.ts';
import type { Tenant } from './tenant.ts';

/** Azure Resource Manager as the Azure CLI sees it when it signs in: a tenant without subscriptions. */
export class Management implements Service {
  readonly #tenant: Tenant;
  readonly #entra: Entra;

  constructor(tenant: Tenant, entra: Entra) {
    this.#tenant = tenant;
    this.#entra = entra;
  }

  serves(host: string): boolean {
    return host === MANAGEMENT_HOST;
  }

  step(): Step {
    return 'other';
  }

  reject(_request: Request, status: number, code: string, message: string): Reply {
    return json(status, { error: { code, message } });
  }

  respond(request: Request): Reply {
    if (this.#entra.grantOf(bearerToken(request) ?? '')?.host !== MANAGEMENT_HOST) {
      return this.reject(request, 401, 'AuthenticationFailed', 'Authentication failed.');
    }
    const { pathname } = target(request.path);
    if (pathname === '/subscriptions') return json(200, { value: [], count: { type: 'Total', value: 0 } });
    if (pathname === '/tenants') {
      return json(200, { value: [{ id: `/tenants/${this.#tenant.id}`, tenantId: this.#tenant.id }] });
    }
    return this.reject(request, 404, 'ResourceNotFound', `The resource '${pathname}' was not found.`);
  }
}
