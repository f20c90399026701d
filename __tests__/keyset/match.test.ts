import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { parseCertificate, type Certificate } from '../../src/certificate/certificate.ts';
import type { Key } from '../../src/keyset/key.ts';
import { findCertificate, hasSameKeyPair, isSameKey, isUnidentified } from '../../src/keyset/match.ts';
import { fixtureDer } from '../fixtures/index.ts';

let signing: Certificate;
let renewed: Certificate;
let other: Certificate;
let jwkThumbprint: string;

beforeAll(() => {
  [signing, renewed, other] = [
    parseCertificate(fixtureDer('signing.pem')),
    parseCertificate(fixtureDer('renewed.pem')),
    parseCertificate(fixtureDer('other.pem')),
  ];
  const jwk = JSON.stringify({ e: signing.e, kty: 'RSA', n: signing.n });
  jwkThumbprint = createHash('sha256').update(jwk).digest('base64url');
});

const bare = (members: Partial<Key>): Key => ({ x5c: [], ...members });
const pairOf = ({ n, e }: Certificate) => ({ n, e });
const foundBy = (key: Key): string | undefined => findCertificate([key], signing)[0]?.by;
const hash = (encoding: BufferEncoding, { sha1 } = signing): string => Buffer.from(sha1, 'hex').toString(encoding);

describe('a certificate is found in a key', () => {
  const keys: [string, () => Partial<Key>, string][] = [
    ['with its bytes', () => ({ x5c: [signing.der] }), 'x5c'],
    ['with its bytes, whatever else is said', () => ({ x5c: [signing.der], x5t: hash('base64url', other) }), 'x5c'],
    ['with its bytes and the modulus, without the exponent', () => ({ x5c: [signing.der], n: signing.n }), 'x5c'],
    ['with its bytes first, whatever the public key', () => ({ x5c: [signing.der], ...pairOf(other) }), 'x5c'],
    ['with x5t in base64url', () => ({ x5t: hash('base64url') }), 'x5t'],
    ['with x5t in base64', () => ({ x5t: hash('base64') }), 'x5t'],
    ['with x5t in hex', () => ({ x5t: hash('hex') }), 'x5t'],
    ['with x5t in upper-case hex', () => ({ x5t: signing.sha1 }), 'x5t'],
    ['whose x5c cannot be read, by x5t', () => ({ x5c: [Buffer.from('?')], x5t: hash('base64url') }), 'x5t'],
    ['with its bytes after those of its chain', () => ({ x5c: [other.der, signing.der] }), 'x5c'],
    ['with x5t in hex with colons', () => ({ x5t: signing.x509.fingerprint }), 'x5t'],
    ['with x5t of SHA-256 in hex', () => ({ x5t: signing.sha256 }), 'x5t'],
    ['with x5t of SHA-256 in base64', () => ({ x5t: Buffer.from(signing.sha256, 'hex').toString('base64') }), 'x5t'],
    ['with the JWK thumbprint as kid and its dates', () => ({ kid: jwkThumbprint, nbf: signing.notBefore }), 'kid'],
    ['with the JWK thumbprint as kid and nothing else', () => ({ kid: jwkThumbprint }), 'public key'],
    [
      'with its public key and start, its end overridden',
      () => ({ ...pairOf(signing), nbf: signing.notBefore, exp: new Date(0) }),
      'validity',
    ],
    ['whose x5t is no thumbprint, by its public key', () => ({ x5t: 'none', ...pairOf(signing) }), 'public key'],
    ['with the thumbprint as kid', () => ({ kid: signing.sha1 }), 'kid'],
    ['with the thumbprint in lower case as kid', () => ({ kid: hash('hex') }), 'kid'],
    [
      'with its public key and dates',
      () => ({ kid: jwkThumbprint, ...pairOf(signing), nbf: signing.notBefore, exp: signing.notAfter }),
      'validity',
    ],
    ['with its public key and one date', () => ({ ...pairOf(signing), exp: signing.notAfter }), 'validity'],
    ['with its public key and the other date', () => ({ ...pairOf(signing), nbf: signing.notBefore }), 'validity'],
    ['with only its public key', () => ({ kid: jwkThumbprint, ...pairOf(signing) }), 'public key'],
    [
      'with its public key, spelt with leading zeros and padding',
      () => ({
        n: Buffer.concat([Buffer.alloc(1), Buffer.from(signing.n, 'base64url')]).toString('base64'),
        e: 'AAEAAQ==',
      }),
      'public key',
    ],
  ];
  test.each(keys)('%s', (_, members, by) => {
    expect(foundBy(bare(members()))).toBe(by);
  });
});

describe('a certificate is not found in a key', () => {
  const keys: [string, () => Partial<Key>][] = [
    ['that shows nothing', () => ({})],
    ['of another certificate', () => ({ x5c: [other.der], x5t: hash('base64url', other), ...pairOf(other) })],
    ['of its renewal with the same pair: by its bytes', () => ({ x5c: [renewed.der], ...pairOf(renewed) })],
    ['of its renewal with the same pair: by x5t', () => ({ x5t: hash('base64url', renewed), ...pairOf(renewed) })],
    ['of its renewal with the same pair: by kid', () => ({ kid: renewed.sha1, ...pairOf(renewed) })],
    ['with the same pair and, without a start, another end', () => ({ ...pairOf(signing), exp: new Date(0) })],
    ['of another pair that was issued by this one', () => ({ x5c: [other.der, signing.der], ...pairOf(other) })],
    ['with the JWK thumbprint as kid and another start', () => ({ kid: jwkThumbprint, nbf: new Date(0) })],
    ['with the same pair with another start', () => ({ ...pairOf(signing), nbf: new Date(0), exp: signing.notAfter })],
    [
      'of another pair with the same dates',
      () => ({ ...pairOf(other), nbf: signing.notBefore, exp: signing.notAfter }),
    ],
    ['that is a secret', () => ({ kty: 'oct', kid: 'secret' })],
  ];
  test.each(keys)('%s', (_, members) => {
    expect(foundBy(bare(members()))).toBeUndefined();
  });
});

test('the surest match comes first', () => {
  const [doubtful, sure] = [bare({ kid: 'a', ...pairOf(signing) }), bare({ kid: 'b', x5c: [signing.der] })];
  expect(findCertificate([doubtful, sure], signing).map(({ key }) => key.kid)).toEqual(['b', 'a']);
});

test('a key that shows nothing of its certificate is unidentified', () => {
  expect(isUnidentified(bare({ kid: 'a', x5t: 'none', x5c: [Buffer.from('?')] }))).toBe(true);
  for (const members of [{ x5c: [other.der] }, { x5t: hash('hex', other) }, pairOf(other)])
    expect(isUnidentified(bare(members))).toBe(false);
});

test('a renewal with the same pair is known by the pair', () => {
  expect(hasSameKeyPair(bare(pairOf(renewed)), signing)).toBe(true);
  expect(hasSameKeyPair(bare(pairOf(other)), signing)).toBe(false);
  expect(hasSameKeyPair(bare({}), signing)).toBe(false);
});

describe('two responses show the same key', () => {
  const full = (): Key => bare({ kid: 'k', x5c: [signing.der], nbf: signing.notBefore, exp: signing.notAfter });

  test('when the kid is the same and nothing contradicts it', () => {
    expect(isSameKey(full(), full())).toBe(true);
    expect(isSameKey(full(), bare({ kid: 'k' }))).toBe(true);
  });

  test.each<[string, Partial<Key>]>([
    ['kid', { kid: 'l' }],
    ['start', { nbf: new Date(0) }],
    ['end', { exp: new Date(0) }],
    ['certificate', { x5c: [Buffer.from('other')] }],
  ])('but not with another %s', (_, members) => {
    expect(isSameKey(full(), { ...full(), ...members })).toBe(false);
  });

  test('and where a kid is missing, by the certificate only', () => {
    expect(isSameKey(bare({}), bare({}))).toBe(false);
    expect(isSameKey(full(), bare({}))).toBe(false);
    expect(isSameKey(full(), { ...full(), kid: undefined })).toBe(true);
    expect(isSameKey({ ...full(), kid: undefined, x5c: [Buffer.from('other')] }, full())).toBe(false);
  });
});
