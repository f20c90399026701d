import type { Mac } from './mac.ts';
import { PBE_SHA1_3DES, PBE_SHA1_RC2_40, type EncryptionScheme } from './encryption.ts';

/** How one bag was protected; no scheme means that it stood in clear. */
export interface Protection {
  readonly of: 'certificates' | 'key';
  readonly scheme: EncryptionScheme | undefined;
}

/** What Azure AD B2C was seen to take. */
const FIT = { certificates: [PBE_SHA1_3DES, PBE_SHA1_RC2_40], key: [PBE_SHA1_3DES] };
/** No tool that writes the old shape asks for more. */
const MAX_ITERATIONS = 100_000;
const MAX_PASSWORD_CHARACTERS = 32;

/**
 * Measures a PFX against the one shape that Azure AD B2C is known to take.
 *
 * @returns why it would be refused, for people; nothing when it can go up byte for byte
 */
export function unfitness(
  protections: readonly Protection[],
  mac: Mac | undefined,
  password: string,
): string | undefined {
  const odd = protections.find(({ of, scheme }) => !FIT[of].includes(scheme?.name ?? ''));
  if (odd) {
    const { of, scheme } = odd;
    return scheme
      ? `its ${of === 'key' ? 'key is' : 'certificates are'} encrypted with ${scheme.name}`
      : 'it is not encrypted';
  }
  if (mac === undefined) return 'it has no MAC';
  if (mac.digest !== 'sha1') return `its MAC is ${mac.digest.toUpperCase()}`;
  if (password === '') return 'it has no password';
  if (password.length > MAX_PASSWORD_CHARACTERS) return 'its password is longer than 32 characters';
  if (/[^ -~]/.test(password)) return 'its password is not plain ASCII';
  const schemes = protections.map(({ scheme }) => scheme).filter((scheme) => scheme !== undefined);
  const iterations = Math.max(mac.iterations, ...schemes.map((scheme) => scheme.iterations));
  return iterations > MAX_ITERATIONS ? `it asks for ${iterations.toLocaleString('en')} iterations` : undefined;
}
