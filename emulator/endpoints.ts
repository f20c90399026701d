import { activeKey } from './active-key.ts';
import type { Clock } from './clock.ts';
import { ApiError, graphReply, invalidField, unknownSegment } from './graph-error.ts';
import { CLOUDS } from './hosts.ts';
import { generatedKey, keyOf, present, type Key } from './keys.ts';
import { findKey, KeysetStore } from './keyset-store.ts';
import type { Reply, Request } from './request-log.ts';
import { route, type Call, type Route } from './route.ts';
import type { ServiceBehavior } from './service-behavior.ts';
import type { Keyset, Role, Tenant } from './tenant.ts';
import { parameter, uploadedCertificate, uploadedPkcs12 } from './uploaded-key.ts';

const WRITE: readonly Role[] = ['TrustFrameworkKeySet.ReadWrite.All'];
const READ: readonly Role[] = ['TrustFrameworkKeySet.Read.All', ...WRITE];

/** The endpoints of `trustFramework/keySets` on a tenant. They throw an {@link ApiError} for what the service rejects. */
export function endpoints(tenant: Tenant, behavior: ServiceBehavior, clock: Clock): readonly Route[] {
  const keysets = new KeysetStore(tenant, behavior, clock);
  const base = `https://${CLOUDS[tenant.cloud].graph}/beta`;
  const context = (of: string): object => ({ '@odata.context': `${base}/$metadata#${of}` });

  const shown = (key: Key): object => present(key, behavior, behavior.statusShownBy === 'keyset');
  const shownByV2 = (key: Key): object => present(key, behavior, behavior.statusShownBy !== 'nobody');

  const keyReply = (request: Request, key: Key): Reply =>
    graphReply(request, 200, { ...context('microsoft.graph.trustFrameworkKey'), ...shown(key) });

  /** The keys of a keyset, and where more of them are. */
  const keysOf = ({ id, keys }: Keyset): object => {
    const { value, next } = page(keys, behavior.keysPageSize, `${base}/trustFramework/keySets('${id}')/keys`);
    return { keys: value.map(shown), ...(next && { 'keys@odata.nextLink': next }) };
  };

  const list = ({ request, query }: Call): Reply => {
    const { value, next } = page(keysets.list(), behavior.pageSize, `${base}/trustFramework/keySets`, query);
    const entries = value.map((keyset) => ({ id: keyset.id, ...(behavior.listKeys && keysOf(keyset)) }));
    return graphReply(request, 200, {
      ...context('trustFramework/keySets'),
      ...(next && { '@odata.nextLink': next }),
      value: entries.map((entry) => selected(entry, query)),
    });
  };

  const read = ({ request, id, query }: Call): Reply => {
    const keyset = keysets.read(id);
    const body = selected({ id: keyset.id, ...keysOf(keyset) }, query);
    return graphReply(request, 200, { ...context('trustFramework/keySets/$entity'), ...body });
  };

  const listKeys = ({ request, id, query }: Call): Reply => {
    const keyset = keysets.read(id);
    const of = `trustFramework/keySets('${keyset.id}')/keys`;
    const { value, next } = page(keyset.keys, behavior.keysPageSize, `${base}/${of}`, query);
    return graphReply(request, 200, {
      ...context(of),
      ...(next && { '@odata.nextLink': next }),
      value: value.map(shown),
    });
  };

  const create = ({ request, body }: Call): Reply => {
    const { id, keys = [] } = body;
    // Keys in a create are documented, and fail for SDK clients, whose objects contain `@odata.type`: both are rejected.
    const isAcceptable = typeof id === 'string' && id !== '' && Array.isArray(keys) && keys.length === 0;
    if (!isAcceptable || request.body.includes('"@odata.type"')) throw invalidField('keySet');
    const keyset = keysets.create(id);
    return graphReply(
      request,
      201,
      { ...context('trustFramework/keySets/$entity'), id: keyset.id, keys: [] },
      { location: `/trustFramework/keySets('${keyset.id}')` },
    );
  };

  const active = ({ request, id }: Call): Reply => {
    const keyset = keysets.read(id);
    if (behavior.activeKey === 'fails') throw new ApiError(500, 'AADB2C90063', 'There is a problem with the service.');
    const key = activeKey(keyset.keys, behavior.undated, Date.now() / 1000);
    if (key !== undefined && behavior.activeKey === 'works') return keyReply(request, key);
    const reason = 'No key is enabled and within its validity.';
    throw new ApiError(
      404,
      'AADB2C90019',
      `The key container with id '${keyset.id}' in tenant '${tenant.id}' does not has a valid key. Reason: ${reason}`,
    );
  };

  const adding =
    (make: (body: Record<string, unknown>) => Key) =>
    ({ request, id, body }: Call): Reply =>
      keyReply(
        request,
        keysets.add(id, () => make(body)),
      );

  /** An endpoint of `keys_v2`, which some tenants may not have or not allow. */
  const v2 =
    (run: (call: Call) => Reply) =>
    (call: Call): Reply => {
      if (behavior.keysV2 === 'missing') throw unknownSegment('keys_v2');
      if (behavior.keysV2 === 'forbidden') throw forbidden(WRITE);
      return run(call);
    };

  const listV2 = ({ request, id, query }: Call): Reply => {
    const keyset = keysets.read(id);
    const of = `trustFramework/keySets('${keyset.id}')/keys_v2`;
    const { value, next } = page(keyset.keys, behavior.keysPageSize, `${base}/${of}`, query);
    const keys = value.map((key) => selected(shownByV2(key), query));
    return graphReply(request, 200, { ...context(of), ...(next && { '@odata.nextLink': next }), value: keys });
  };

  const keyV2 = (id: string, key: Key): object => ({
    ...context(`trustFramework/keySets('${id}')/keys_v2/$entity`),
    ...shownByV2(key),
  });

  const getV2 = ({ request, id, kid }: Call): Reply => {
    const keyset = keysets.read(id);
    return graphReply(request, 200, keyV2(keyset.id, findKey(keyset, kid)));
  };

  const setStatus = ({ request, id, kid, body }: Call): Reply => {
    const { status, ...rest } = body;
    const isStatus = status === 'enabled' || status === 'disabled';
    if (!isStatus || Object.keys(rest).length > 0) throw invalidField('key');
    const key = keysets.setStatus(id, kid, status);
    return behavior.statusPatchReply === 204 ? graphReply(request, 204) : graphReply(request, 200, keyV2(id, key));
  };

  const remove = ({ request, id }: Call): Reply => {
    keysets.delete(id);
    return graphReply(request, 204);
  };

  const certificate = adding((body) => uploadedCertificate(body, tenant.id, behavior));
  const pkcs12 = adding((body) => uploadedPkcs12(body, tenant.id, behavior));
  return [
    route('GET', 'keySets', 'list', READ, list),
    route('POST', 'keySets', 'create', WRITE, create),
    route('GET', 'keySets/:id', 'keyset', READ, read),
    route('DELETE', 'keySets/:id', 'delete', WRITE, remove),
    route('GET', 'keySets/:id/keys', 'keys', READ, listKeys),
    route('GET', 'keySets/:id/getActiveKey', 'active', READ, active),
    route('POST', 'keySets/:id/uploadCertificate', 'upload', WRITE, certificate),
    route('POST', 'keySets/:id/uploadPkcs12', 'upload', WRITE, pkcs12),
    route('POST', 'keySets/:id/generateKey', 'other', WRITE, adding(generated)),
    route('POST', 'keySets/:id/uploadSecret', 'other', WRITE, adding(uploadedSecret)),
    route('GET', 'keySets/:id/keys_v2', 'keys-v2', WRITE, v2(listV2)),
    route('GET', 'keySets/:id/keys_v2/:kid', 'keys-v2', WRITE, v2(getV2)),
    route('PATCH', 'keySets/:id/keys_v2/:kid', 'enable', WRITE, v2(setStatus)),
  ];
}

/** The error for an app that has none of the roles. */
export function forbidden(roles: readonly Role[]): ApiError {
  return new ApiError(
    403,
    'AADB2C',
    `The application does not have any of the required application permissions (${roles.join(', ')}) to access the resource. `,
  );
}

/**
 * A page of a collection, and the address of the next one. The client may ask for shorter pages by `$top`; what follows `-` in
 * a `$skiptoken` is how many entries come before the page.
 */
function page<T>(
  all: readonly T[],
  size: number,
  address: string,
  query = new URLSearchParams(),
): { value: T[]; next: string | undefined } {
  const top = Number(query.get('$top') ?? Infinity);
  const from = Number(query.get('$skiptoken')?.split('-')[1] ?? 0);
  const to = from + Math.min(size, top);
  const value = all.slice(from, to);
  if (to >= all.length) return { value, next: undefined };
  const options = ['$top', '$select'].flatMap((name) => {
    const option = query.get(name);
    return option === null ? [] : [`${name}=${encodeURIComponent(option)}&`];
  });
  return { value, next: `${address}?${options.join('')}$skiptoken=RFNwdAIAAQAAABc-${to}` };
}

/** The members of an entity that `$select` names; all of them without it. */
function selected(entity: object, query: URLSearchParams): object {
  const names = query.get('$select')?.split(',');
  if (names === undefined) return entity;
  return Object.fromEntries(Object.entries(entity).filter(([name]) => names.includes(name.split('@')[0] ?? '')));
}

function generated(body: Record<string, unknown>): Key {
  const members = chosenMembers(body);
  const isRsa = parameter(body, 'kty').toUpperCase() === 'RSA';
  return isRsa ? generatedKey(members) : keyOf({ ...members, kty: 'oct' });
}

function uploadedSecret(body: Record<string, unknown>): Key {
  parameter(body, 'k');
  return keyOf({ ...chosenMembers(body), kty: 'oct' });
}

/** `use`, `nbf` and `exp`: what a client may choose for keys that are not certificates. */
function chosenMembers({ use, nbf, exp }: Record<string, unknown>): Partial<Key> {
  return {
    use: typeof use === 'string' ? use : null,
    nbf: typeof nbf === 'number' ? nbf : null,
    exp: typeof exp === 'number' ? exp : null,
  };
}
