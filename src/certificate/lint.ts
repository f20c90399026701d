import { daysUntil } from '../shared/format.ts';
import type { Certificate } from './certificate.ts';
import { children, oid, readElement } from './der.ts';
import { EXPORT_COMMANDS } from './export.ts';

/** Something about a certificate that its owner should know before it goes up. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  /** Section of docs/troubleshooting.md. */
  readonly anchor: string;
  readonly fix?: string;
}

export interface Thresholds {
  /** Whole days; a certificate with fewer left is worth a warning, or is refused. */
  readonly warningDays: number;
  readonly failureDays: number;
}

/** The floor that B2C presumably sets (AADB2C90137 "a secure RSA key requires at least … bits"); no number is published. */
const MIN_RSA_BITS = 2048;

/** RFC 8017 and RFC 5758: signatures whose hash can be forged. */
const WEAK_SIGNATURES: Record<string, string> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
};

/**
 * Judges a leaf before anything is sent.
 *
 * @param now - the present instant
 * @returns findings, the rejections first
 */
export function lint(certificate: Certificate, { warningDays, failureDays }: Thresholds, now: Date): Finding[] {
  return [
    ...lintKey(certificate),
    ...lintValidity(certificate, warningDays, failureDays, now),
    ...lintSignature(certificate),
    ...lintUsage(certificate),
  ];
}

function lintKey({ publicKey, keyText }: Certificate): Finding[] {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits === undefined) {
    const message = `the certificate holds a key of type ${keyText}; Azure AD B2C takes RSA alone`;
    return [{ level: 'error', anchor: 'not-rsa', message, fix: EXPORT_COMMANDS.newRsaKey }];
  }
  if (bits >= MIN_RSA_BITS) return [];
  const message = `the certificate's RSA key has ${bits} bits; at least ${MIN_RSA_BITS} are expected`;
  return [{ level: 'error', anchor: 'aadb2c90137', message, fix: EXPORT_COMMANDS.newRsaKey }];
}

function lintValidity(certificate: Certificate, warningDays: number, failureDays: number, now: Date): Finding[] {
  const { notBefore, notAfter } = certificate;
  const days = daysUntil(notAfter, now);
  const until = notAfter.toISOString();
  const renew = 'Renew the certificate first.';
  if (notAfter <= now) {
    return [{ level: 'error', anchor: 'expired', message: `the certificate expired at ${until}`, fix: renew }];
  }
  if (days < failureDays) {
    const message = `the certificate has ${days} days left (until ${until}), fewer than expiry-failure-days: ${failureDays}`;
    return [
      {
        level: 'error',
        anchor: 'expiry-failure-days',
        message,
        fix: `${renew} To upload this one all the same, lower expiry-failure-days.`,
      },
    ];
  }
  const findings: Finding[] = [];
  if (days < warningDays) {
    const message = `the certificate has ${days} days left (until ${until}), fewer than expiry-warning-days: ${warningDays}`;
    findings.push({ level: 'warning', anchor: 'expiry-warning-days', message });
  }
  if (notBefore > now) {
    const message = `the certificate becomes valid at ${notBefore.toISOString()}: a staged rollover, it can take over from then on`;
    findings.push({ level: 'notice', anchor: 'staged-rollover', message });
  }
  return findings;
}

/** Nobody checks the signature of a self-signed certificate, so its hash does not matter there. */
function lintSignature({ der, x509, subject, issuer }: Certificate): Finding[] {
  const hash = WEAK_SIGNATURES[signatureAlgorithm(der)];
  if (hash === undefined || (subject === issuer && x509.verify(x509.publicKey))) return [];
  const message = `the certificate is signed with ${hash}, which can be forged; partners may refuse it`;
  return [{ level: 'warning', anchor: 'weak-signature', message }];
}

function signatureAlgorithm(der: Buffer): string {
  const [, algorithm] = children(readElement(der));
  return oid(children(algorithm)[0]);
}

/**
 * A key that may sign certificates and nothing else is an authority's. `CA:TRUE` alone is what `openssl req -x509` makes by
 * default and says nothing.
 */
function lintUsage({ signsCertificates, canSign }: Certificate): Finding[] {
  if (!signsCertificates || canSign) return [];
  const message =
    "the certificate may sign other certificates but not data (KeyUsage keyCertSign without digitalSignature): it is an authority's";
  return [{ level: 'warning', anchor: 'key-usage', message }];
}
