import { X509Certificate } from 'node:crypto';
import { certificateKey, type Emulator } from '../../emulator/index.ts';
import { fixture } from '../fixtures/index.ts';
import { key } from './key.ts';

/** Keysets of a large tenant, and keys in each of them. */
export const KEYSETS = 500;
const KEYS = 20;

/** Fills a tenant with keysets of certificates: of a hundred, one expires today, one tomorrow, and so on. */
export function seedLargeTenant(emulator: Emulator): void {
  const certificate = certificateKey(new X509Certificate(fixture('signing.cer')));
  for (let keyset = 0; keyset < KEYSETS; keyset++) {
    const keys = Array.from({ length: KEYS }, (_, n) => ({
      ...certificate,
      ...key(n - 100, n - KEYS + 1 + (keyset % 100), `${keyset}-${n}`),
    }));
    emulator.seed(`B2C_1A_Keyset_${keyset}`, ...keys);
  }
}
