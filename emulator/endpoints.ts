import { activeKey } from './active-key.ts';
import { CLOUDS } from './hosts.ts';
import { graphReply, invalidField, ApiError, unknownSegment } from './graph-error.ts';
import type { Reply, Request } from './request-log.ts';
import { generatedKey, keyOf, present, type Key } from './keys.ts';
import { findKey, Keysets } from './keyset-store.ts';
import type { ServiceBehavior } from './service-behavior.ts';
import { route, type Call, type Route } from './route.ts';
import type { Keyset, Role, Tenant } from './tenant.ts';
import { parameter, uploadedCertificate, uploadedPkcs12 } from './uploaded-key.ts';

const WRITE: readonly Role[] = ['TrustFrameworkKeySet.ReadWrite.All'];
const READ: readonly Role[] = ['TrustFrameworkKeySet.Read.All', ...WRITE];

/** The endpoints of `trustFramework/keySets` on a tenant. They throw a {@link ApiError} for what the service refuses. */
export function endpoints(tenant: Tenant, behavior: ServiceBehavior): readonly Route[] {
  const keysets = new Keysets(tenant, behavior);
  const base = `https://${CLOUDS[tenant.cloud].graph}/beta`;
  const context = (of: string): object => ({ '@odata.context': `${base}/$metadata#${of}` });

  const keysetReply = (request: Request, status: number, { id, keys }: Keyset, headers = {}): Reply => {
    const shown = keys.map((key) => present(key, behavior));
    return graphReply(request, status, { ...context('trustFramework/keySets/$entity'), id, keys: shown }, headers);
  };

  const keyReply = (request: Request, key: Key): Reply =>
    graphReply(request, 200, { ...context('microsoft.graph.trustFrameworkKey'), ...present(key, behavior) });

  const list = ({ request, query }: Call): Reply => {
    const all = keysets.list();
    const from = Number(query.get('$skiptoken')?.split('-')[1] ?? 0);
    const to = from + behavior.pageSize;
    const value = all
      .slice(from, to)
      .map(({ id, keys }) => (behavior.listKeys ? { id, keys: keys.map((key) => present(key, behavior)) } : { id }));
    const next = `${base}/trustFramework/keySets?$skiptoken=RFNwdAIAAQAAABc-${to}`;
    const link = to < all.length ? { '@odata.nextLink': next } : {};
    return graphReply(request, 200, { ...context('trustFramework/keySets'), ...link, value });
  };

  const create = ({ request, body }: Call): Reply => {
    const { id, keys = [] } = body;
    // Keys in a create are documented and fail for SDK clients, whose objects carry `@odata.type`: refused alike.
    const acceptable = typeof id === 'string' && id !== '' && Array.isArray(keys) && keys.length === 0;
    if (!acceptable || request.body.includes('"@odata.type"')) throw invalidField('keySet');
    const keyset = keysets.create(id);
    return keysetReply(request, 201, keyset, { location: `/trustFramework/keySets('${keyset.id}')` });
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

  /** An endpoint of `keys_v2`, which some tenants do not have. */
  const v2 =
    (run: (call: Call) => Reply) =>
    (call: Call): Reply => {
      if (!behavior.keysV2) throw unknownSegment('keys_v2');
      return run(call);
    };
  /** `keys_v2` was made for the status, so it always shows it. */
  const presentV2 = (key: Key): object =>
    present(key, { ...behavior, hidden: behavior.hidden.filter((member) => member !== 'status') });

  const listV2 = ({ request, id }: Call): Reply => {
    const keyset = keysets.read(id);
    const of = `trustFramework/keySets('${keyset.id}')/keys_v2`;
    return graphReply(request, 200, { ...context(of), value: keyset.keys.map(presentV2) });
  };

  const getV2 = ({ request, id, kid }: Call): Reply => {
    const keyset = keysets.read(id);
    const of = `trustFramework/keySets('${keyset.id}')/keys_v2/$entity`;
    return graphReply(request, 200, { ...context(of), ...presentV2(findKey(keyset, kid)) });
  };

  const setStatus = ({ request, id, kid, body }: Call): Reply => {
    const { status, ...rest } = body;
    const isStatus = status === 'enabled' || status === 'disabled';
    if (!isStatus || Object.keys(rest).length > 0) throw invalidField('key');
    keysets.setStatus(id, kid, status);
    return graphReply(request, 204);
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
    route('GET', 'keySets/:id', 'keyset', READ, ({ request, id }) => keysetReply(request, 200, keysets.read(id))),
    route('DELETE', 'keySets/:id', 'delete', WRITE, remove),
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

function generated(body: Record<string, unknown>): Key {
  const members = chosenMembers(body);
  const isRsa = parameter(body, 'kty').toUpperCase() === 'RSA';
  return isRsa ? generatedKey(members) : keyOf({ ...members, kty: 'oct' });
}

function uploadedSecret(body: Record<string, unknown>): Key {
  parameter(body, 'k');
  return keyOf({ ...chosenMembers(body), kty: 'oct' });
}

/** `use`, `nbf` and `exp`: what a client may choose for keys that are no certificates. */
function chosenMembers({ use, nbf, exp }: Record<string, unknown>): Partial<Key> {
  return {
    use: typeof use === 'string' ? use : null,
    nbf: typeof nbf === 'number' ? nbf : null,
    exp: typeof exp === 'number' ? exp : null,
  };
}
