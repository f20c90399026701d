import { createPrivateKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCertificate } from '../../src/certificate/certificate.ts';
import {
  children,
  der,
  Asn1Error,
  integer,
  integerDer,
  octetString,
  oid,
  oidDer,
  readElement,
  TruncatedError,
  tryRead,
  TAG,
} from '../../src/certificate/der.ts';
import { findLeaf } from '../../src/certificate/leaf.ts';
import { decodeBase64, readPem, writePem } from '../../src/certificate/pem.ts';
import { detectDerType } from '../../src/certificate/detect.ts';
import { fixture, fixtureDer, fixtureText } from '../fixtures/index.ts';
import { certificateOf, indefinite, keyUsageOf } from './structures.ts';

const bytes = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: 1, maxLength: max }).map((array) => Buffer.from(array));
/** What may have become of a newline. */
const breaks = fc.constantFrom('\n', '\r\n', ' ', '\\n', '\\r\\n', '', '\t');

test('base64 comes back, whatever its alphabet, padding and folding', () => {
  fc.assert(
    fc.property(bytes(300), fc.boolean(), fc.integer({ min: 1, max: 90 }), breaks, (data, url, width, end) => {
      const text = data.toString(url ? 'base64url' : 'base64');
      const folded = text.match(new RegExp(`.{1,${width}}`, 'g'))?.join(end) ?? '';
      expect(decodeBase64(folded)).toEqual(data);
    }),
  );
});

test.each(['', '  ', '=', 'A', 'AAAAA', 'AA=A', 'AA===', 'A+_A', 'AA.A', 'ü'])('%j is not base64', (text) => {
  expect(decodeBase64(text)).toBeUndefined();
});

test('PEM comes back, whatever is around it and became of its newlines', () => {
  fc.assert(
    fc.property(bytes(300), breaks, fc.constantFrom('', 'Bag Attributes\n', '# -- '), (data, end, around) => {
      const text = around + writePem('CERTIFICATE', data).replaceAll('\n', end) + around;
      expect(readPem(text)).toEqual([{ label: 'CERTIFICATE', der: data, dekInfo: undefined }]);
    }),
  );
});

test('DER comes back from its elements, and from the same in BER', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (array) => {
      const wholeString = der(TAG.octetString, Buffer.from(array));
      const [definite] = children(readElement(der(TAG.sequence, wholeString)));
      const [chunked] = children(readElement(indefinite(der(TAG.sequence, wholeString))));
      expect(definite && octetString(definite).equals(Buffer.from(array))).toBe(true);
      expect(chunked && octetString(chunked).equals(Buffer.from(array))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('numbers and object identifiers come back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 - 1 }), (value) => {
      expect(integer(readElement(integerDer(value)))).toBe(value);
    }),
  );
  const arc = fc.integer({ min: 0, max: 2 ** 31 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 0, max: 39 }),
      fc.array(arc),
      (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.');
        expect(oid(readElement(oidDer(dotted)))).toBe(dotted);
      },
    ),
  );
  expect(oid(readElement(oidDer('2.16.840')))).toBe('2.16.840');
});

test.each([
  ['0203', NaN],
  ['0200', NaN],
  ['020180', NaN],
  ['0401ff', NaN],
  ['02077fffffffffffff', Infinity],
  ['020500ffffffff', 0xffffffff],
])('the integer %s is %d', (hex, value) => {
  const complete = hex === '0203' ? undefined : readElement(Buffer.from(hex, 'hex'));
  expect(integer(complete)).toBe(value);
});

test.each([
  [0, '020100'],
  [0x7f, '02017f'],
  [0x80, '02020080'],
  [0x100, '02020100'],
])('%d is the integer %s', (value, hex) => {
  expect(integerDer(value).toString('hex')).toBe(hex);
});

test.each([
  ['', /ends within a header/],
  ['30', /ends within a header/],
  ['3082', /ends within a header/],
  ['1f8101', /tag of more than one byte/],
  ['308500000000001', /more than four bytes/],
  ['0480', /primitive value without a length/],
  ['3003020101ff'.slice(0, 8), /should be 5 bytes long and is 4/],
  ['3080'.repeat(40), /nested too deeply/],
])('%s is not DER', (hex, why) => {
  expect(() => readElement(Buffer.from(hex, 'hex'))).toThrow(Asn1Error);
  expect(() => readElement(Buffer.from(hex, 'hex'))).toThrow(why);
});

test('what is not BER has a substitute, and any other error goes on', () => {
  expect(
    tryRead(
      () => 'read',
      () => 'none',
    ),
  ).toBe('read');
  expect(
    tryRead(
      () => readElement(Buffer.of()),
      (error) => error,
    ),
  ).toBeInstanceOf(TruncatedError);
  const fault = new Error('something else');
  expect(() =>
    tryRead(
      () => {
        throw fault;
      },
      () => 'none',
    ),
  ).toThrow(fault);
});

test('too many members and too many layers are rejected', () => {
  const many = der(TAG.sequence, Buffer.alloc(2 * 4097, Buffer.of(TAG.null, 0)));
  expect(() => children(readElement(many))).toThrow(/more than 4096 members/);
  const deep = Array.from({ length: 40 }).reduce<Buffer>((inner) => der(0x24, inner), der(TAG.octetString));
  expect(() => octetString(readElement(deep))).toThrow(/nested too deeply/);
});

test.each([
  ['signing.cer', 'certificate'],
  ['forms/default.pfx', 'pfx'],
  ['forms/bundle.der.p7b', 'pkcs7'],
])('%s is detected as %s', (name, form) => {
  expect(detectDerType(fixture(name))).toBe(form);
});

test.each([
  ['forms/request.csr.pem', 'csr'],
  ['forms/list.crl.pem', 'crl'],
  ['signing.key.pem', 'pkcs8'],
  ['forms/key.pbes2.pem', 'encrypted pkcs8'],
  ['forms/key.pkcs1.pem', 'pkcs1'],
  ['forms/ec.key.sec1.pem', 'sec1'],
  ['forms/public-key.pem', 'public key'],
  ['forms/public-key.pkcs1.pem', 'public key'],
  ['forms/dsa.key.pem', 'unknown'],
])('the first block of %s is detected as %s', (name, form) => {
  expect(detectDerType(readPem(fixtureText(name))[0]?.der ?? Buffer.of())).toBe(form);
});

const sequence = (...members: Buffer[]): Buffer => der(TAG.sequence, ...members);
const empty = sequence();
const signed = (...members: Buffer[]): Buffer => sequence(sequence(...members), empty, der(TAG.bitString));

test.each([
  ['a certificate of version 1', signed(integerDer(7), empty, empty, empty, empty, empty), 'certificate'],
  ['a request without attributes', signed(integerDer(0), empty, empty), 'csr'],
  ['a list of version 1', signed(empty, empty, der(0x17)), 'crl'],
  ['a list of version 2', signed(integerDer(1), empty, empty, der(0x17), der(0x17), empty, der(0xa0)), 'crl'],
  ['an attribute certificate', signed(integerDer(1), empty, der(0xa0), empty, integerDer(7)), 'attribute certificate'],
  ['something signed', sequence(empty, empty, empty), 'unknown'],
  ['a version and no more', sequence(integerDer(3)), 'unknown'],
  ['no sequence', der(TAG.set), 'unknown'],
  ['no DER', Buffer.of(0x30, 5), 'unknown'],
])('%s is detected', (_, bytes, form) => {
  expect(detectDerType(bytes)).toBe(form);
});

const certificate = (name: string): ReturnType<typeof parseCertificate> => parseCertificate(fixtureDer(name));

test('a certificate shows what its owner knows it by', () => {
  expect(certificate('signing.pem')).toMatchObject({
    subject: 'O=Contoso, CN=signing.contoso.example',
    issuer: 'O=Contoso, CN=signing.contoso.example',
    san: 'DNS:signing.contoso.example',
    keyText: 'RSA 2048',
    rsaBits: 2048,
    canSign: true,
    canEncrypt: false,
    signsCertificates: false,
    e: 'AQAB',
  });
  expect(certificate('third.pem').subject).toBe('O=Grüße & Söhne, CN=third.contoso.example');
  expect(certificate('forms/usageless.pem')).toMatchObject({
    canSign: true,
    canEncrypt: true,
    signsCertificates: false,
  });
  expect(certificate('forms/encrypt.pem')).toMatchObject({ canSign: false, canEncrypt: true });
  expect(certificate('forms/certsign.pem')).toMatchObject({ canSign: false, signsCertificates: true });
  expect(certificate('forms/ec.pem')).toMatchObject({ keyText: 'EC', rsaBits: undefined, n: '', e: '' });
  expect(certificate('forms/ed25519.pem').keyText).toBe('Ed25519');
  expect(certificate('forms/pss.pem')).toMatchObject({ keyText: 'RSASSA-PSS', rsaBits: undefined });
  expect(certificate('signing.pem').x509.toString()).toBe(fixtureText('signing.pem'));
});

test('a subject may be empty, and of any script', () => {
  expect(parseCertificate(certificateOf({ subject: '', issuer: 'Łódź' }))).toMatchObject({
    subject: '',
    issuer: 'CN=Łódź',
  });
});

test('a KeyUsage that cannot be read counts as absent', () => {
  const usages = ['03020780', '037f0780', ''].map((hex) => {
    const { canSign, canEncrypt } = parseCertificate(
      certificateOf({ extensions: [keyUsageOf(Buffer.from(hex, 'hex'))] }),
    );
    return [canSign, canEncrypt];
  });
  expect(usages).toEqual([
    [true, false],
    [true, true],
    [true, true],
  ]);
});

test('the leaf is found in every order, twice over, with and without its key', () => {
  const chain = ['leaf', 'intermediate', 'root'].map((name) => certificate(`forms/${name}.pem`));
  const key = createPrivateKey(fixtureText('forms/leaf.key.pem'));
  fc.assert(
    fc.property(fc.shuffledSubarray([...chain, ...chain], { minLength: 6 }), fc.boolean(), (order, withKey) => {
      const { leaf, others } = findLeaf(order, withKey ? key : undefined);
      expect(leaf.subject).toBe('O=Contoso, CN=leaf.contoso.example');
      expect(others.map(({ subject }) => subject).toSorted()).toEqual([
        'O=Contoso, CN=Contoso Issuing',
        'O=Contoso, CN=Contoso Root',
      ]);
    }),
    { numRuns: 20 },
  );
});

test('a key settles which certificate is meant', () => {
  const key = createPrivateKey(fixtureText('signing.key.pem'));
  const { leaf, others } = findLeaf([certificate('other.pem'), certificate('signing.pem')], key);
  expect(leaf.san).toBe('DNS:signing.contoso.example');
  expect(others).toHaveLength(1);
});
