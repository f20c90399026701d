import { ActionError, type Remediation } from '../shared/action-error.ts';

/** The commands that make what Azure AD B2C accepts, with openssl and in PowerShell: every rejection ends with one of them. */
export const EXPORT_COMMANDS = {
  certificate:
    '`openssl pkcs12 -in certificate.pfx -clcerts -nokeys -out certificate.pem`; in PowerShell: `Export-Certificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.cer`',
  pfx: '`openssl pkcs12 -export -inkey key.pem -in certificate.pem -out certificate.pfx`; in PowerShell: `Export-PfxCertificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.pfx -Password (Read-Host -AsSecureString)`',
  privateKey:
    '`openssl pkcs8 -topk8 -in key.pem -out key-pkcs8.pem` (OpenSSL 3 reads old ciphers only with `-provider default -provider legacy`)',
  newRsaKey:
    'Make it with an RSA key: `openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 365 -subj "/CN=signing.contoso.com"`; in PowerShell: `New-SelfSignedCertificate -Subject "CN=signing.contoso.com" -KeyAlgorithm RSA -KeyLength 2048 -KeySpec Signature -KeyExportPolicy Exportable -Provider "Microsoft Enhanced RSA and AES Cryptographic Provider" -CertStoreLocation Cert:\\CurrentUser\\My`.',
} as const;

/** More is a CA bundle, not a certificate with its chain. */
export const MAX_CERTIFICATES = 100;

interface Rejection extends Remediation {
  readonly what: string;
}

const EXPECTED = 'expected an X.509 certificate as PEM, DER or PFX, or base64 of one of these';

const noCertificate = (what: string): Rejection => ({
  what,
  anchor: 'certificate',
  fix: `Provide the certificate itself: ${EXPORT_COMMANDS.certificate}.`,
});
const ONLY_PRIVATE_KEY: Rejection = {
  what: 'it contains only a private key',
  anchor: 'private-key',
  fix: `Provide the certificate, with its private key if policies sign or decrypt with it: \`cat certificate.pem key.pem\`, or a PFX: ${EXPORT_COMMANDS.pfx}.`,
};

/** What people provide by mistake, and the way from there to a certificate. */
export const REJECTIONS = {
  unknown: noCertificate('it is DER of an unknown type'),
  pkcs7: {
    what: 'it is a PKCS#7 bundle (.p7b), a certificate container that Azure AD B2C does not accept',
    anchor: 'pkcs7',
    fix: 'Extract the certificates: `openssl pkcs7 -print_certs -in bundle.p7b -out certificate.pem` (with `-inform DER` for a binary file); in PowerShell: `certutil -split -dump bundle.p7b` writes each to a separate file.',
  },
  csr: {
    what: 'it is a certificate signing request (CSR), not a certificate',
    anchor: 'csr',
    fix: 'Provide the certificate that the CA issued for it; for a self-signed one: `openssl x509 -req -in request.csr -signkey key.pem -days 365 -out certificate.pem`; in PowerShell: `certreq -sign request.csr certificate.cer`.',
  },
  crl: noCertificate('it is a certificate revocation list'),
  'attribute certificate': noCertificate('it is an attribute certificate, which has no public key'),
  pkcs8: ONLY_PRIVATE_KEY,
  'encrypted pkcs8': ONLY_PRIVATE_KEY,
  pkcs1: ONLY_PRIVATE_KEY,
  sec1: ONLY_PRIVATE_KEY,
  traditional: ONLY_PRIVATE_KEY,
  'unreadable key': {
    what: 'its private key is damaged, or in OpenSSH format',
    anchor: 'private-key',
    fix: 'Convert it: `ssh-keygen -p -m PKCS8 -f key.pem`; `openssl pkey -check -noout -in key.pem` must report "Key is valid".',
  },
  'public key': noCertificate('it is a public key without a certificate'),
  bundle: {
    what: `it contains more than ${MAX_CERTIFICATES} certificates: a CA bundle, not a certificate with its chain`,
    anchor: 'several-certificates',
    fix: `Provide one certificate, with at most its chain: ${EXPORT_COMMANDS.certificate}.`,
  },
  'several keys': {
    what: 'it contains several private keys, but a policy key has one',
    anchor: 'several-keys',
    fix: `Create a file with one key and its certificate, and run the action once for each. \`openssl pkcs12 -in all.pfx -nodes -out all.pem\` splits a PFX; then ${EXPORT_COMMANDS.pfx}.`,
  },
  'pfx without key': {
    what: 'it is a PFX that contains certificates but no private key',
    anchor: 'pfx-without-key',
    fix: `Export it with its key: ${EXPORT_COMMANDS.pfx}. To upload only the public certificate, set private-key: exclude.`,
  },
  'pfx without certificate': {
    what: 'it is a PFX that contains no certificate',
    anchor: 'pfx-without-certificate',
    fix: `Export it again: ${EXPORT_COMMANDS.pfx}.`,
  },
} as const satisfies Record<string, Rejection>;

/** The error for one of these. */
export const rejection = ({ what, ...remediation }: Rejection): ActionError =>
  new ActionError(`${what}; ${EXPECTED}`, remediation);

/** The error for what is neither PEM nor DER nor base64 of them. */
export const unrecognizedInput = (what: string): ActionError => rejection(noCertificate(`it is ${what}`));

/** The error for what is encrypted and came without its password. */
export const passwordMissing = (what: string): ActionError =>
  new ActionError(`${what} is encrypted, but certificate-password is empty`, {
    anchor: 'password',
    fix: 'Provide the password as certificate-password, from a secret.',
  });

/** The error for what is encrypted under another password. */
export const passwordWrong = (what: string): ActionError =>
  new ActionError(`${what} cannot be decrypted: certificate-password is incorrect`, {
    anchor: 'password',
    cause: 'Wrong password, or the secret contains extra whitespace, such as a newline at its end.',
    fix: 'Try it where the file was made: `openssl pkcs12 -info -noout -in certificate.pfx` for a PFX, `openssl pkey -noout -in key.pem` for a key; in PowerShell: `Get-PfxData -FilePath certificate.pfx -Password (Read-Host -AsSecureString)`.',
  });

/** The error for a PFX whose password opens everything but its private key. */
export const keyPasswordDiffers = (): ActionError =>
  new ActionError(
    'the private key in the PFX does not open with the password of the PFX: it has another password, or is damaged',
    {
      anchor: 'password',
      fix: `Export it again with one password for both: ${EXPORT_COMMANDS.pfx}. In Java, call \`KeyStore.setKeyEntry\` with the password of the keystore.`,
    },
  );
