import { ActionError } from '../shared/action-error.ts';

/** The commands that make what Azure AD B2C takes, with openssl and in PowerShell: every rejection ends with one of them. */
export const EXPORT_COMMANDS = {
  certificate:
    '`openssl pkcs12 -in certificate.pfx -clcerts -nokeys -out certificate.pem`; in PowerShell: `Export-Certificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.cer`',
  pfx: '`openssl pkcs12 -export -inkey key.pem -in certificate.pem -out certificate.pfx`; in PowerShell: `Export-PfxCertificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.pfx -Password (Read-Host -AsSecureString)`',
  newRsaKey:
    'Make it with an RSA key: `openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 365 -subj "/CN=…"`; in PowerShell: `New-SelfSignedCertificate -KeyAlgorithm RSA -KeyLength 2048 -Subject "CN=…" -CertStoreLocation Cert:\\CurrentUser\\My`.',
} as const;

interface Rejection {
  readonly what: string;
  readonly anchor: string;
  readonly fix: string;
}

const WANTED = 'expected an X.509 certificate as PEM, DER or PFX, or base64 of one of these';

const noCertificate = (what: string): Rejection => ({
  what,
  anchor: 'certificate',
  fix: `Give the certificate itself: ${EXPORT_COMMANDS.certificate}.`,
});
const KEY_ALONE: Rejection = {
  what: 'it is a private key alone',
  anchor: 'private-key',
  fix: `Give the certificate, with its private key if the keyset is to sign or decrypt: \`cat certificate.pem key.pem\`, or a PFX: ${EXPORT_COMMANDS.pfx}.`,
};

/** What people hand in by mistake, and the way from there to a certificate. */
export const REJECTIONS = {
  unknown: noCertificate('it is DER of an unknown kind'),
  pkcs7: {
    what: 'it is a PKCS#7 bundle (.p7b): certificates in a wrapping that Azure AD B2C does not take',
    anchor: 'pkcs7',
    fix: 'Take the certificates out: `openssl pkcs7 -print_certs -in bundle.p7b -out certificate.pem` (with `-inform DER` for a binary one); in PowerShell: `certutil -split -dump bundle.p7b` writes each to a file of its own.',
  },
  csr: {
    what: 'it is a certificate signing request, which is what a certificate is made from',
    anchor: 'csr',
    fix: 'Give the certificate that the authority sent back for it; for a self-signed one: `openssl x509 -req -in request.csr -signkey key.pem -days 365 -out certificate.pem`; in PowerShell: `certreq -sign request.csr certificate.cer`.',
  },
  crl: noCertificate('it is a certificate revocation list'),
  pkcs8: KEY_ALONE,
  'encrypted pkcs8': KEY_ALONE,
  pkcs1: KEY_ALONE,
  sec1: KEY_ALONE,
  traditional: KEY_ALONE,
  'unreadable key': {
    what: "its private key is damaged, or in OpenSSH's own form",
    anchor: 'private-key',
    fix: 'Convert it: `ssh-keygen -p -m PKCS8 -f key.pem`; `openssl pkey -check -noout -in key.pem` must find it valid.',
  },
  'public key': noCertificate('it is a public key without a certificate around it'),
  bundle: {
    what: 'it holds more than 100 certificates: a list of authorities, not a certificate with its chain',
    anchor: 'several-certificates',
    fix: `Give the one certificate, with its own chain at the most: ${EXPORT_COMMANDS.certificate}.`,
  },
  'several keys': {
    what: 'it holds several private keys, and a keyset takes one at a time',
    anchor: 'several-keys',
    fix: `Make a file of one key with its certificate, and run the action once for each. \`openssl pkcs12 -in all.pfx -nodes -out all.pem\` takes a PFX apart; then ${EXPORT_COMMANDS.pfx}.`,
  },
  'pfx without key': {
    what: 'it is a PFX that holds certificates but no private key',
    anchor: 'pfx-without-key',
    fix: `Export it with its key: ${EXPORT_COMMANDS.pfx}. To upload the public certificate alone, set private-key: exclude.`,
  },
  'pfx without certificate': {
    what: 'it is a PFX that holds no certificate',
    anchor: 'pfx-without-certificate',
    fix: `Export it again: ${EXPORT_COMMANDS.pfx}.`,
  },
} as const satisfies Record<string, Rejection>;

/** The error for one of these. */
export const rejection = ({ what, anchor, fix }: Rejection): ActionError =>
  new ActionError(`${what}; ${WANTED}`, { anchor, fix });

/** The error for what is neither PEM nor DER nor base64 of them. */
export const unrecognizedInput = (what: string): ActionError => rejection(noCertificate(`it is ${what}`));

/** What is encrypted came without its password. */
export const passwordMissing = (what: string): ActionError =>
  new ActionError(`${what} is encrypted, and certificate-password is empty`, {
    anchor: 'password',
    fix: 'Give the password as certificate-password, from a secret.',
  });

/** What is encrypted came with another password. */
export const passwordWrong = (what: string): ActionError =>
  new ActionError(`${what} does not open with this certificate-password`, {
    anchor: 'password',
    cause:
      'The password is another one, or it changed on its way: a secret often ends with a newline that does not belong to it.',
    fix: 'Try it where the file was made: `openssl pkcs12 -info -noout -in certificate.pfx` for a PFX, `openssl pkey -noout -in key.pem` for a key; in PowerShell: `Get-PfxData -FilePath certificate.pfx -Password (Read-Host -AsSecureString)`.',
  });
