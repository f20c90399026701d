import { jsonObject, target, type Reply, type Request, type Step } from './request-log.ts';
import type { Role } from './tenant.ts';

/** A request as its route reads it. */
export interface Call {
  request: Request;
  /** The keyset's ID and the key's; empty where the path has none. */
  id: string;
  kid: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** An endpoint: its method and path, the app roles of which any allows its use, and what it does. */
export interface Route {
  method: string;
  path: RegExp;
  step: Step;
  roles: readonly Role[];
  run: (call: Call) => Reply;
}

/**
 * A route below `/beta/trustFramework`. `:id` and `:kid` are placeholders for a keyset's and a key's ID. As in Graph, the letter
 * case of a path does not count.
 */
export function route(method: string, path: string, step: Step, roles: readonly Role[], run: Route['run']): Route {
  const pattern = path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^/beta/trustFramework/${pattern}/?$`, 'i'), step, roles, run };
}

/** The route for a method and a path, if there is one. */
export function findRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  const pathname = plainPath(path);
  return routes.find((one) => one.method === method && one.path.test(pathname));
}

/** `request` as its route reads it. */
export function callOf(route: Route, request: Request): Call {
  const groups = route.path.exec(plainPath(request.path))?.groups ?? {};
  return {
    request,
    id: decode(groups.id ?? ''),
    kid: decode(groups.kid ?? ''),
    query: target(request.path).query,
    body: jsonObject(request.body) ?? {},
  };
}

/**
 * `keySets('x')/getActiveKey()` is OData's own spelling of `keySets/x/getActiveKey`, and some clients write `/beta//`. Functions
 * may come with their namespace.
 */
function plainPath(path: string): string {
  return target(path)
    .pathname.replaceAll(/\('([^']*)'\)/g, '/$1')
    .replace(/\(\)$/, '')
    .replace('/microsoft.graph.', '/')
    .replaceAll(/\/{2,}/g, '/');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
