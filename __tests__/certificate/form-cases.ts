import { fixture, fixtureText } from '../fixtures/index.ts';
import {
  bag,
  certBag,
  contentOf,
  data,
  encryptedSafe,
  encryptRc2,
  indefinite,
  keyBag,
  octetString,
  pbmac1,
  pfxOf,
  pkcs12Mac,
  pkcs8Of,
  secretBag,
  sequence,
  withMac,
} from './structures.ts';
import { children, readElement } from '../../src/certificate/der.ts';

/** One certificate in one of the forms in which people have it, and what must become of it. */
export interface Form {
  readonly name: string;
  /** The file's content; given as `certificate` instead of `certificate-path` when `asInput` is set. */
  readonly bytes: Buffer;
  readonly asInput: boolean;
  readonly password: string;
  /** The fixture that must arrive. */
  readonly certificate: string;
  readonly sent: 'certificate' | 'pfx';
  /** The fixtures that must arrive beside it. */
  readonly chain: readonly string[];
}

export const PASSWORD = 'open-sesame';
const UTF8_PASSWORD = 'Schlüssel über Ñandú';

const pem = fixtureText('signing.pem');
const der = fixture('signing.cer');
const key = fixtureText('signing.key.pem');
const form = (name: string, bytes: Buffer | string, rest: Partial<Form> = {}): Form => ({
  name,
  bytes: Buffer.from(bytes),
  asInput: false,
  password: '',
  certificate: 'signing.pem',
  sent: 'certificate',
  chain: [],
  ...rest,
});
const input = (name: string, text: string, rest: Partial<Form> = {}): Form =>
  form(name, text, { asInput: true, ...rest });
const withKey = (name: string, bytes: string, password = ''): Form =>
  form(`PEM with its key as ${name}`, bytes, { password, sent: 'pfx' });
const keyFile = (name: string): string => fixtureText(`forms/${name}.pem`);
const pfx = (name: string, password = PASSWORD): Form =>
  form(`PFX ${name}`, fixture(`forms/${name}.pfx`), { password, sent: 'pfx' });

const fold = (text: string, width: number, end: string): string =>
  text.replace(new RegExp(`.{${width}}`, 'g'), (line) => line + end);
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const files = (...names: string[]): string => names.map((name) => fixtureText(name)).join('');
const LEAF = ['leaf', 'intermediate', 'root'].map((name) => `forms/${name}.pem`);
const [leaf = '', intermediate = '', root = ''] = LEAF;

const inBer = indefinite(fixture('forms/default.pfx'));
/** Indefinite lengths inside as well: only where no MAC protects the inner bytes. */
const innerBer = ((): Buffer => {
  const safes = children(readElement(contentOf(fixture('forms/no-mac.pfx'))));
  return indefinite(pfxOf(safes.map(({ raw }) => indefinite(raw))));
})();

const PKCS8 = pkcs8Of('signing.key.pem');
/** A PFX that is not encrypted, of these bags. */
const plainPfx = (...bags: Buffer[]): Buffer => pfxOf([data(sequence(...bags))]);
/** Certificate and key in a safe under RC2, beside a revocation list that makes it large. */
const largeRc2 = (): Buffer => {
  const filler = bag('1.2.840.113549.1.12.10.1.4', sequence(octetString(Buffer.alloc(700 * 1024, 7))));
  const { algorithm, data: ciphertext } = encryptRc2(sequence(certBag(der), keyBag(PKCS8), filler), PASSWORD);
  return pfxOf([encryptedSafe(algorithm, ciphertext)], pkcs12Mac('sha1', 2048, PASSWORD));
};

/** All forms that are accepted. */
export const FORMS: readonly Form[] = [
  form('PEM', pem),
  form('PEM with CRLF', pem.replaceAll('\n', '\r\n')),
  form('PEM with CR', pem.replaceAll('\n', '\r')),
  form('PEM with a byte order mark', `\ufeff${pem}`),
  form('PEM in UTF-16, little end first', utf16(pem)),
  form('PEM in UTF-16, big end first', utf16(pem).swap16()),
  form('PEM without its last newline', pem.trimEnd()),
  form('PEM with text around', `subject=CN = signing\nissuer=CN = signing, über\n${pem}\nThat is all.\n`),
  form('PEM with indented lines', pem.replace(/^/gm, '    ')),
  input('PEM on one line, with spaces', pem.trim().replaceAll('\n', ' ')),
  input('PEM on one line, with nothing', pem.replaceAll('\n', '')),
  input('PEM with literal \\n', pem.replaceAll('\n', '\\n')),
  input('PEM with literal \\r\\n', pem.replaceAll('\n', '\\r\\n')),
  input('PEM in quotes', `"${pem.trim()}"`),
  input('base64 of PEM', Buffer.from(pem).toString('base64')),
  input('base64 of base64 of PEM', Buffer.from(Buffer.from(pem).toString('base64')).toString('base64')),
  input('base64 of PEM in UTF-16', utf16(pem).toString('base64')),
  form('OpenSSL trusted PEM', fixture('forms/trusted.pem')),
  form('PEM, twice the same', pem + pem),
  form('DER', der),
  form('DER with a newline at its end', Buffer.concat([der, Buffer.from('\r\n')])),
  form('DER with zeros at its end', Buffer.concat([der, Buffer.alloc(8)])),
  input('base64 of DER', der.toString('base64')),
  input('base64 of DER, folded', fold(der.toString('base64'), 76, '\n')),
  input('base64 of DER, folded with CRLF', fold(der.toString('base64'), 64, '\r\n')),
  input('base64 of DER, folded with literal \\n', fold(der.toString('base64'), 64, '\\n')),
  input('base64url of DER, without padding', der.toString('base64url')),
  form('base64 of DER in a file', `${der.toString('base64')}\r\n`),
  form('base64 of DER in a file in UTF-16', utf16(der.toString('base64'))),
  form('chain, leaf first', files(...LEAF), { certificate: leaf }),
  form('chain, root first', files(...LEAF.toReversed()), { certificate: leaf }),
  form('chain, in disorder', files(intermediate, leaf, root), { certificate: leaf }),
  form('chain without its root', files(intermediate, leaf), { certificate: leaf }),
  form('chain with its key', files(intermediate, 'forms/leaf.key.pem', root, leaf), {
    certificate: leaf,
    sent: 'pfx',
    chain: [intermediate, root],
  }),
  withKey('PKCS#8', pem + key),
  withKey('PKCS#8, key first, CRLF', (key + pem).replaceAll('\n', '\r\n')),
  withKey('PKCS#8, literal \\n', (key + pem).replaceAll('\n', '\\n')),
  withKey('PKCS#1', pem + keyFile('key.pkcs1')),
  withKey('PKCS#8 under PBES2', pem + keyFile('key.pbes2'), PASSWORD),
  withKey('PKCS#8 under PBES2 with 3DES and PBKDF2-SHA1', pem + keyFile('key.pbes2-3des'), PASSWORD),
  withKey('PKCS#8 under PBE-SHA1-3DES', pem + keyFile('key.sha1-3des'), PASSWORD),
  withKey('PKCS#8 under PBE-MD5-DES', pem + keyFile('key.md5-des'), PASSWORD),
  withKey('PKCS#8 under PBE-SHA1-DES', pem + keyFile('key.sha1-des'), PASSWORD),
  withKey('PKCS#8 under scrypt', pem + keyFile('key.scrypt'), PASSWORD),
  withKey('traditional encrypted PEM', pem + keyFile('key.traditional'), PASSWORD),
  withKey(
    'traditional encrypted PEM, literal \\n',
    (pem + keyFile('key.traditional')).replaceAll('\n', '\\n'),
    PASSWORD,
  ),
  withKey('PKCS#8, with a password that is not needed', pem + key, PASSWORD),
  input('base64 of a PFX', fixture('forms/default.pfx').toString('base64'), { password: PASSWORD, sent: 'pfx' }),
  input('base64 of an old PFX', fixture('forms/old.pfx').toString('base64'), { password: PASSWORD, sent: 'pfx' }),
  pfx('default'),
  pfx('legacy'),
  pfx('old'),
  pfx('aes128'),
  pfx('aes192-mac-sha384'),
  pfx('rc2-128'),
  pfx('mac-sha224'),
  pfx('mac-sha512'),
  pfx('old-mac-sha256'),
  pfx('old-aes-key'),
  pfx('no-mac'),
  pfx('old-no-mac'),
  pfx('certificate-in-clear'),
  pfx('in-clear'),
  pfx('in-clear-no-mac'),
  pfx('in-clear-no-mac', ''),
  pfx('empty-password', ''),
  pfx('old-empty-password', ''),
  pfx('utf8-password', UTF8_PASSWORD),
  pfx('old-utf8-password', UTF8_PASSWORD),
  pfx('old-password-of-32', '01234567890123456789012345678901'),
  pfx('old-password-of-33', '012345678901234567890123456789012'),
  pfx('old-100000-iterations'),
  pfx('old-100001-iterations'),
  pfx('old-600000-iterations'),
  pfx('600000-iterations'),
  pfx('windows-provider'),
  pfx('old-windows-provider'),
  pfx('keytool'),
  pfx('keytool-600000-iterations'),
  pfx('pk12util'),
  pfx('old-pk12util'),
  pfx('certtool'),
  form('PFX with a newline at its end', Buffer.concat([fixture('forms/default.pfx'), Buffer.from('\n')]), {
    password: PASSWORD,
    sent: 'pfx',
  }),
  form('PFX with zeros at its end', Buffer.concat([fixture('forms/old.pfx'), Buffer.alloc(8)]), {
    password: PASSWORD,
    sent: 'pfx',
  }),
  form("PFX of a CA's own certificate beside one that it issued", fixture('forms/ca.pfx'), {
    password: PASSWORD,
    certificate: 'forms/ca.pem',
    sent: 'pfx',
    chain: ['forms/issued.pem'],
  }),
  form(
    "PEM of a CA's own certificate beside one that it issued",
    files('forms/issued.pem', 'forms/ca.pem', 'forms/ca.key.pem'),
    {
      certificate: 'forms/ca.pem',
      sent: 'pfx',
      chain: ['forms/issued.pem'],
    },
  ),
  form('PFX with its certificate twice', plainPfx(certBag(der), certBag(der), keyBag(PKCS8)), { sent: 'pfx' }),
  form(
    'PFX with bytes after its certificate',
    plainPfx(certBag(Buffer.concat([der, Buffer.alloc(5)])), keyBag(PKCS8)),
    {
      sent: 'pfx',
    },
  ),
  form('PFX with a secret key', plainPfx(certBag(der), keyBag(PKCS8), secretBag()), { sent: 'pfx' }),
  form('PFX of 700 KB under RC2', largeRc2(), { password: PASSWORD, sent: 'pfx' }),
  form('PFX with its chain', fixture('forms/chain.pfx'), {
    password: PASSWORD,
    certificate: leaf,
    sent: 'pfx',
    chain: [root, intermediate],
  }),
  form('PFX of indefinite lengths', inBer, { password: PASSWORD, sent: 'pfx' }),
  form('PFX of indefinite lengths all through', innerBer, { password: PASSWORD, sent: 'pfx' }),
  ...[20, 32, 64].map((keyLength) =>
    form(
      `PFX with PBMAC1 and a key of ${keyLength} bytes`,
      withMac(fixture('forms/no-mac.pfx'), pbmac1(2048, PASSWORD, keyLength)),
      { password: PASSWORD, sent: 'pfx' },
    ),
  ),
];
