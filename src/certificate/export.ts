/** The commands that make what Azure AD B2C takes, with openssl and in PowerShell: every rejection ends with one of them. */
export const EXPORT_COMMANDS = {
  certificate:
    '`openssl pkcs12 -in certificate.pfx -clcerts -nokeys -out certificate.pem`; in PowerShell: `Export-Certificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.cer`',
  pfx: '`openssl pkcs12 -export -inkey key.pem -in certificate.pem -out certificate.pfx`; in PowerShell: `Export-PfxCertificate -Cert Cert:\\CurrentUser\\My\\<thumbprint> -FilePath certificate.pfx -Password (Read-Host -AsSecureString)`',
  newRsaKey:
    'Make it with an RSA key: `openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 365 -subj "/CN=…"`; in PowerShell: `New-SelfSignedCertificate -KeyAlgorithm RSA -KeyLength 2048 -Subject "CN=…" -CertStoreLocation Cert:\\CurrentUser\\My`.',
} as const;
