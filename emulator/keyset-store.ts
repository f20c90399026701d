import type { Clock } from './clock.ts';
import { ApiError, invalidField } from './graph-error.ts';
import type { Key, KeyStatus } from './keys.ts';
import type { ServiceBehavior } from './service-behavior.ts';
import type { Keyset, Tenant } from './tenant.ts';

const PREFIX = 'B2C_1A_';
const BACKUP = '.bak';
/** What a keyset's ID may consist of. The service does not document it; these are the characters that were seen. */
const ID = /^[\w.-]+$/;

/** The tenant's keysets under the service's rules: what may be written, and what reads show of it. */
export class KeysetStore {
  readonly #tenant: Tenant;
  readonly #behavior: ServiceBehavior;
  readonly #clock: Clock;
  /** What reads showed until each write; as long as reads lag behind writes. */
  #past: { until: number; keysets: Keyset[] }[] = [];

  constructor(tenant: Tenant, behavior: ServiceBehavior, clock: Clock) {
    this.#tenant = tenant;
    this.#behavior = behavior;
    this.#clock = clock;
  }

  /** All keysets, as reads show them. */
  list(): Keyset[] {
    const instant = this.#clock.now() - this.#behavior.staleReadsMs;
    return this.#past.find(({ until }) => until > instant)?.keysets ?? [...this.#tenant.keysets.values()];
  }

  /** One keyset, as reads show it. Throws an {@link ApiError} when it is missing. */
  read(id: string): Keyset {
    return this.#find(this.list(), id);
  }

  /** Creates an empty keyset. The service puts its prefix before the name. Throws an {@link ApiError}: AADB2C95028 where it exists. */
  create(name: string): Keyset {
    if (!ID.test(name)) throw invalidField('id');
    const id = name.startsWith(PREFIX) ? name : PREFIX + name;
    if ([...this.#tenant.keysets.keys()].some((other) => this.#same(other, id))) {
      throw new ApiError(
        this.#behavior.existingStatus,
        'AADB2C95028',
        `Can't create trustframework key set with name '${id}' because it already exists.`,
      );
    }
    this.#remember();
    const keyset: Keyset = { id, keys: [], createdAt: this.#clock.now() };
    this.#tenant.keysets.set(id, keyset);
    return keyset;
  }

  /** Deletes a keyset and leaves its copy under `<id>.bak`; a copy is deleted for good. */
  delete(id: string): void {
    const keyset = this.#stored(id);
    this.#remember();
    this.#tenant.keysets.delete(keyset.id);
    if (!keyset.id.endsWith(BACKUP)) {
      this.#tenant.keysets.set(keyset.id + BACKUP, { ...keyset, id: keyset.id + BACKUP });
    }
  }

  /**
   * Adds the key that `make` returns; a missing keyset is reported before whatever is wrong with the key. Throws an
   * {@link ApiError} for another type (95032) or use (95042), and by behavior for a certificate that is there already (90180).
   */
  add(id: string, make: () => Key): Key {
    const keyset = this.#stored(id);
    const key = make();
    if (keyset.keys.some((other) => other.kty.toUpperCase() !== key.kty.toUpperCase())) {
      throw new ApiError(400, 'AADB2C95032', "One can't mix RSA and Oct types in one key set.");
    }
    if (keyset.keys.some((other) => other.use !== null && key.use !== null && other.use !== key.use)) {
      throw new ApiError(400, 'AADB2C95042', "One can't mix signature and encryption usage in one key set.");
    }
    const isDuplicate = (other: Key): boolean => key.x5t !== null && other.x5t === key.x5t;
    if (this.#behavior.duplicates === 'refuse' && keyset.keys.some(isDuplicate)) {
      throw new ApiError(409, 'AADB2C90180', `The presented key '${key.kid}' of type '${key.kty}' already exists.`);
    }
    this.#remember();
    const others =
      this.#behavior.duplicates === 'overwrite' ? keyset.keys.filter((other) => !isDuplicate(other)) : keyset.keys;
    keyset.keys = [...others, key];
    return key;
  }

  /** Enables or disables the key `kid`, and returns it. */
  setStatus(id: string, kid: string, status: KeyStatus): Key {
    const keyset = this.#stored(id);
    const key = findKey(keyset, kid);
    if (this.#behavior.statusPatch === 'ineffective') return key;
    this.#remember();
    const changed = { ...key, status };
    keyset.keys = keyset.keys.map((other) => (other.kid === kid ? changed : other));
    return changed;
  }

  /** The keyset itself, for a write: never stale. */
  #stored(id: string): Keyset {
    return this.#find([...this.#tenant.keysets.values()], id);
  }

  #find(keysets: readonly Keyset[], id: string): Keyset {
    if (!ID.test(id)) throw invalidField('id');
    const keyset = keysets.find((one) => this.#same(one.id, id));
    if (keyset === undefined || this.#clock.now() - keyset.createdAt < this.#behavior.missingAfterCreateMs) {
      throw this.#missing(id);
    }
    return keyset;
  }

  #same(one: string, other: string): boolean {
    return this.#behavior.idCase === 'exact' ? one === other : one.toLowerCase() === other.toLowerCase();
  }

  #missing(id: string): ApiError {
    const { missingStatus, missingCode } = this.#behavior;
    const tenant = this.#tenant.id;
    const messages = {
      AADB2C90073: `KeyContainer with 'id': '${id}' cannot be found in the directory '${tenant}'`,
      AADB2C95052: `The trustframework key set with id '${id}' in tenant '${tenant}' is not created. Please use 'Create api' to create the key set first.`,
      AADB2C90130: `The key container in tenant '${tenant}' with storageReferenceId '${id}' does not exist.`,
    };
    return new ApiError(missingStatus, missingCode, messages[missingCode]);
  }

  /** To be called before each write. Keys are never changed in place, so a shallow copy of each keyset is enough. */
  #remember(): void {
    const { staleReadsMs } = this.#behavior;
    if (staleReadsMs === 0) return;
    const now = this.#clock.now();
    const keysets = [...this.#tenant.keysets.values()].map((keyset) => ({ ...keyset }));
    this.#past = [...this.#past.filter(({ until }) => until > now - staleReadsMs), { until: now, keysets }];
  }
}

/** The key `kid` of a keyset. Throws an {@link ApiError} when there is none. */
export function findKey(keyset: Keyset, kid: string): Key {
  const key = keyset.keys.find((one) => one.kid === kid);
  if (key === undefined) {
    throw new ApiError(404, 'AADB2C90131', `The key '${kid}' is not in the key container '${keyset.id}'.`);
  }
  return key;
}
