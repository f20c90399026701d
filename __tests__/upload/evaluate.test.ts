import { expect, test } from '@jest/globals';
import { parseCertificate } from '../../src/certificate/certificate.ts';
import { KeysetsClient } from '../../src/graph/keysets-client.ts';
import { createHttpClient } from '../../src/http/client.ts';
import type { Key } from '../../src/keyset/key.ts';
import { WriteTracker } from '../../src/runner/write-tracker.ts';
import { ensureActive } from '../../src/upload/activation.ts';
import { decide } from '../../src/upload/decide.ts';
import { evaluateKeyset, evaluateUpload } from '../../src/upload/evaluate.ts';
import type { KeysetContext, KeysetSnapshot, UploadContext } from '../../src/upload/snapshot.ts';
import { findAddedKey } from '../../src/upload/verify.ts';
import { fixtureDer } from '../fixtures/index.ts';

const certificate = parseCertificate(fixtureDer('signing.pem'));
const client = createHttpClient(new AbortController().signal, () => undefined);
const common: KeysetContext = {
  client,
  writes: new WriteTracker(),
  keysets: new KeysetsClient(client, 'https://graph.microsoft.com', ''),
  keysetId: 'B2C_1A_Signing',
  certificate,
};

/** How many times members of keys are read by everything that an upload does with the keys of a keyset. */
async function readsOf(count: number): Promise<number> {
  let reads = 0;
  const counted = (key: Key): Key =>
    new Proxy(key, {
      get: (target, name) => {
        reads++;
        return Reflect.get(target, name) as unknown;
      },
    });
  const others = Array.from({ length: count }, (_, i) =>
    counted({ kid: `k${i}`, x5c: [], nbf: new Date(i * 1000), exp: new Date(4e12 + i * 1000) }),
  );
  const active = counted({ kid: `k${count - 1}`, x5c: [] });
  const ours = counted({ kid: certificate.sha1, x5c: [certificate.der], status: 'enabled' });
  const before: KeysetSnapshot = { keyset: { id: common.keysetId, keys: others }, service: { active } };
  const context: UploadContext = { ...common, before, keysetCreated: false };
  const after: KeysetSnapshot = {
    keyset: { id: common.keysetId, keys: [...others, ours] },
    service: { active: counted({ kid: certificate.sha1, x5c: [] }) },
  };
  expect(decide(context, true, false).action).toBe('upload');
  evaluateUpload(context);
  expect(findAddedKey(context, after)).toBe(ours);
  const options = { enableKey: 'new', uploadedByThisRun: true, dryRun: false } as const;
  const last = await ensureActive(context, { snapshot: after, key: ours }, options);
  expect(evaluateKeyset(context, last, false).isActive).toBe(true);
  return reads;
}

test('twice as many keys are at most a little more than twice as much work', async () => {
  const [some, twice] = [await readsOf(1000), await readsOf(2000)];
  expect(some).toBeGreaterThan(1000);
  expect(twice).toBeLessThan(2.3 * some);
});
