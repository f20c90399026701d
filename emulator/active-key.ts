import type { Key } from './keys.ts';
import type { ServiceBehavior } from './service-behavior.ts';

/**
 * The key that the service uses at `now` (seconds since 1970): of those that are enabled and within their dates, the one that
 * became valid last; of two that became valid together, the one that expires later. Undefined when there is none.
 *
 * Source: "Overview of policy keys in Azure AD B2C". There, keys without `nbf` are at the bottom of the list, which can be
 * read both ways: `undated`.
 */
export function activeKey(keys: readonly Key[], undated: ServiceBehavior['undated'], now: number): Key | undefined {
  const start = (key: Key): number => key.nbf ?? (undated === 'last' ? -Infinity : Infinity);
  const end = (key: Key): number => key.exp ?? Infinity;
  return keys
    .filter((key) => key.status === 'enabled' && (key.nbf ?? -Infinity) <= now && now < end(key))
    .reduce<Key | undefined>((best, key) => {
      if (best === undefined || start(key) > start(best)) return key;
      return start(key) === start(best) && end(key) > end(best) ? key : best;
    }, undefined);
}
