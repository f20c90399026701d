import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { der, oidDer, TAG } from '../../src/certificate/der.ts';
import { type Bag, type Pfx, readPfx } from '../../src/certificate/pkcs12/read-pfx.ts';
import { writePfx } from '../../src/certificate/pkcs12/write-pfx.ts';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { fixture, fixtureDer, fixtureText } from '../fixtures/index.ts';
import { PASSWORD } from './form-cases.ts';
import { readBack } from './read-back.ts';
import { pkcs8Of } from './structures.ts';

const PBE_SHA1_3DES = { oid: '1.2.840.113549.1.12.1.3', iterations: 2048 };
const PROVIDER_NAME = '1.3.6.1.4.1.311.17.1';
/** In the order of chain.pfx. */
const CHAIN = ['leaf', 'root', 'intermediate'].map((name) => `forms/${name}.pem`);
const FRESH = 'abcdefghijklmnopqrstuvwxyz012345';

/** A PFX of the fixtures, written anew as the product does it. */
async function rewritten(name: string): Promise<Buffer> {
  const { leaf, pfx } = await readCertificateInput(fixture(name), PASSWORD, true);
  const [key] = pfx?.keys ?? [];
  const bags = pfx?.certificates ?? [];
  const own = bags.find(({ value }) => value.equals(leaf.der));
  if (!key || !own) throw new Error(`${name} lacks its key or certificate.`);
  return writePfx({ leaf: own, others: bags.filter((bag) => bag !== own), key }, FRESH);
}

test.each(['default', 'legacy', 'old', 'keytool', 'chain', 'windows-provider', 'in-clear', 'mac-sha512'])(
  'a rewritten PFX (%s) has the shape that Azure AD B2C accepts',
  async (name) => {
    const pfx = readBack(await rewritten(`forms/${name}.pfx`), FRESH);
    expect(pfx.certificateBag).toEqual(PBE_SHA1_3DES);
    expect(pfx.keyBag).toEqual(PBE_SHA1_3DES);
    expect(pfx.mac).toEqual({ oid: '1.3.14.3.2.26', iterations: 2048 });
    expect(pfx.localKeyIds[0]).toMatch(/^[0-9a-f]+$/);
    expect(pfx.localKeyIds[1]).toBe(pfx.localKeyIds[0]);
    const own = name === 'chain' ? 'forms/leaf.key.pem' : 'signing.key.pem';
    expect(pfx.key.equals(createPrivateKey(fixtureText(own)))).toBe(true);
  },
);

test('the chain comes along, the leaf first', async () => {
  const { certificates } = readBack(await rewritten('forms/chain.pfx'), FRESH);
  expect(certificates).toEqual(CHAIN.map(fixtureDer));
});

/** The types of the attributes of all bags. */
const attributesOf = ({ certificates, keys }: Pfx): string[] =>
  [...certificates, ...keys].flatMap(({ attributes }) => attributes.map(({ type }) => type));

test.each(['windows-provider', 'old-windows-provider'])(
  'names and the key id of the file are kept, the name of the Windows key store is not (%s)',
  async (name) => {
    const given = fixture(`forms/${name}.pfx`);
    expect(attributesOf(readPfx(given, PASSWORD))).toContain(PROVIDER_NAME);
    const made = await rewritten(`forms/${name}.pfx`);
    expect(attributesOf(readPfx(made, FRESH))).not.toContain(PROVIDER_NAME);
    expect(readBack(made, FRESH)).toMatchObject({
      friendlyNames: ['Windows key', 'Windows key'],
      localKeyIds: readBack(given, PASSWORD).localKeyIds,
    });
  },
);

test('the name of the Windows key store is dropped from every bag, other attributes are kept', () => {
  const provider = { type: PROVIDER_NAME, raw: der(TAG.sequence, oidDer(PROVIDER_NAME), der(TAG.set)) };
  const other = { type: '1.2.3', raw: der(TAG.sequence, oidDer('1.2.3'), der(TAG.set)) };
  const bag = (name: string): Bag => ({ value: fixtureDer(name), attributes: [provider, other] });
  const key = { value: pkcs8Of('signing.key.pem'), attributes: [provider, other] };
  const made = writePfx({ leaf: bag('signing.pem'), others: [bag('other.pem')], key }, FRESH);
  expect(attributesOf(readPfx(made, FRESH)).toSorted()).toEqual(
    [
      ...Array.from({ length: 3 }, () => '1.2.3'),
      ...Array.from({ length: 2 }, () => '1.2.840.113549.1.9.21'),
    ].toSorted(),
  );
});

test('what came without a key id is tied together by the SHA-1 of the certificate', async () => {
  const { leaf, key } = await readCertificateInput(
    Buffer.from(fixtureText('signing.pem') + fixtureText('signing.key.pem')),
    '',
    true,
  );
  const made = writePfx(
    {
      leaf: { value: leaf.der, attributes: [] },
      others: [],
      key: { value: key?.export({ format: 'der', type: 'pkcs8' }) ?? Buffer.of(), attributes: [] },
    },
    FRESH,
  );
  const id = leaf.sha1.toLowerCase();
  expect(readBack(made, FRESH).localKeyIds).toEqual([id, id]);
});

test('our own reader opens it', async () => {
  const { certificates, keys } = readPfx(await rewritten('forms/chain.pfx'), FRESH);
  expect(certificates.map(({ value }) => value)).toEqual(CHAIN.map(fixtureDer));
  expect(keys).toHaveLength(1);
});

test('where openssl is installed, it says the same of the shape', async () => {
  const made = await rewritten('forms/chain.pfx');
  const info = opensslInfo(made);
  if (info === undefined) return;
  expect(info).toMatch(/MAC: sha1, Iteration 2048/);
  expect(info).toMatch(/PKCS7 Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048/);
  expect(info).toMatch(/Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048/);
});

/** Nothing where openssl is missing, or is LibreSSL, which writes other words. */
function opensslInfo(pfx: Buffer): string | undefined {
  try {
    if (!execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3')) return undefined;
  } catch {
    return undefined;
  }
  const shell = 'openssl pkcs12 -info -noout -passin "pass:$0" 2>&1';
  return execFileSync('sh', ['-c', shell, FRESH], { input: pfx, encoding: 'utf8' });
}
