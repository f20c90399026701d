import {
  createLocalJWKSet,
  compactVerify,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JSONWebKeySet,
} from 'jose';
import { randomBytes } from 'node:crypto';
import { once } from './once.ts';

/** A token issuer's signing key: it signs claims with RS256 and publishes the public half. */
class Signer {
  readonly jwks: JSONWebKeySet;
  readonly #key: CryptoKey;
  readonly #kid: string;

  private constructor(key: CryptoKey, kid: string, jwks: JSONWebKeySet) {
    this.#key = key;
    this.#kid = kid;
    this.jwks = jwks;
  }

  /** Makes a signer with a new RSA key. */
  static async create(): Promise<Signer> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const kid = randomBytes(20).toString('hex').toUpperCase();
    const jwk = await exportJWK(publicKey);
    return new Signer(privateKey, kid, { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] });
  }

  /** A compact JWS of `claims`, unchanged: a test may want an `exp` in the past. */
  sign(claims: Record<string, unknown>): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#kid }).sign(this.#key);
  }

  /** Whether this signer made `token`, whatever its claims. */
  async signed(token: string): Promise<boolean> {
    try {
      await compactVerify(token, createLocalJWKSet(this.jwks), { algorithms: ['RS256'] });
      return true;
    } catch {
      return false;
    }
  }
}

/** GitHub's key: every issuer of job tokens shares it. */
export const gitHubSigner = once(() => Signer.create());

/** Entra ID's key, for access tokens. */
export const entraSigner = once(() => Signer.create());
