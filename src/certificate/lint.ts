import { daysUntil, plural, rfc3339 } from '../shared/format.ts';
import type { Certificate } from './certificate.ts';
import { algorithmOf } from './der.ts';
import { EXPORT_COMMANDS } from './rejections.ts';

/** Something about a certificate that its owner should know before it is uploaded. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  /** Section of docs/troubleshooting.md. */
  readonly anchor: string;
  readonly fix?: string;
}

export interface Thresholds {
  /** Whole days; fewer left is a warning, or an error. */
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
 * Checks the certificate that is to be uploaded, before anything is sent.
 *
 * @param now - the present instant
 * @returns findings, errors first
 */
export function lint(certificate: Certificate, thresholds: Thresholds, now: Date): Finding[] {
  return [
    lintKey(certificate),
    lintExpiry(certificate, thresholds, now),
    lintStart(certificate, now),
    lintSignature(certificate),
    lintUsage(certificate),
  ].filter((finding) => finding !== undefined);
}

function lintKey({ keyText, rsaBits }: Certificate): Finding | undefined {
  const fix = EXPORT_COMMANDS.newRsaKey;
  if (rsaBits === undefined) {
    const message = `the certificate has a key of type ${keyText}; Azure AD B2C supports only RSA`;
    return { level: 'error', anchor: 'not-rsa', message, fix };
  }
  if (rsaBits >= MIN_RSA_BITS) return undefined;
  const message = `the certificate's RSA key has ${rsaBits} bits; at least ${MIN_RSA_BITS} are required`;
  return { level: 'error', anchor: 'aadb2c90137', message, fix };
}

function lintExpiry(
  { notAfter }: Certificate,
  { warningDays, failureDays }: Thresholds,
  now: Date,
): Finding | undefined {
  const days = daysUntil(notAfter, now);
  const left = `the certificate has ${plural(days, 'day')} left (until ${rfc3339(notAfter)}), fewer than`;
  const renew = 'Renew the certificate first.';
  if (notAfter <= now) {
    const message = `the certificate expired at ${rfc3339(notAfter)}`;
    return { level: 'error', anchor: 'expired', message, fix: renew };
  }
  if (days < failureDays) {
    const fix = `${renew} To upload it anyway, lower expiry-failure-days.`;
    return {
      level: 'error',
      anchor: 'expiry-failure-days',
      message: `${left} expiry-failure-days: ${failureDays}`,
      fix,
    };
  }
  if (days >= warningDays) return undefined;
  return { level: 'warning', anchor: 'expiry-warning-days', message: `${left} expiry-warning-days: ${warningDays}` };
}

function lintStart({ notBefore }: Certificate, now: Date): Finding | undefined {
  if (notBefore <= now) return undefined;
  const message = `the certificate becomes valid at ${rfc3339(notBefore)}; staged rollover: it becomes active then`;
  return { level: 'notice', anchor: 'staged-rollover', message };
}

/**
 * Nobody checks the signature of a self-signed certificate, so its hash does not matter there. Node has
 * `signatureAlgorithmOid` only from 24.9 on.
 */
function lintSignature({ der, x509, subject, issuer }: Certificate): Finding | undefined {
  const hash = WEAK_SIGNATURES[algorithmOf(der)];
  if (hash === undefined || (subject === issuer && x509.verify(x509.publicKey))) return undefined;
  const message = `the certificate is signed with ${hash}, a weak algorithm; partners may reject it`;
  return { level: 'warning', anchor: 'weak-signature', message };
}

/**
 * A key that may sign certificates and nothing else belongs to a CA. `CA:TRUE` is what `openssl req -x509` makes by default
 * and says nothing.
 */
function lintUsage({ signsCertificates, canSign }: Certificate): Finding | undefined {
  if (!signsCertificates || canSign) return undefined;
  const message =
    'the certificate may sign other certificates but not data (KeyUsage keyCertSign without digitalSignature): it is likely a CA certificate';
  return { level: 'warning', anchor: 'key-usage', message };
}
