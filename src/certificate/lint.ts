import { ActionError, type Remediation } from '../shared/action-error.ts';
import { daysUntil, plural, rfc3339 } from '../shared/format.ts';
import type { Certificate } from './certificate.ts';
import { algorithmOf } from './der.ts';
import { EXPORT_COMMANDS } from './rejections.ts';

/** Something about a certificate that its owner should know before it is uploaded. */
export interface Finding {
  readonly level: 'warning' | 'notice';
  /** A sentence. */
  readonly message: string;
}

/** The inputs that say how many days a certificate must have left. */
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
 * @throws ActionError when Azure AD B2C would reject it, or when it has fewer days left than are wanted
 */
export function lint(certificate: Certificate, thresholds: Thresholds, now: Date): Finding[] {
  lintKey(certificate);
  return [
    lintExpiry(certificate, thresholds, now),
    lintStart(certificate, now),
    lintSignature(certificate),
    lintUsage(certificate),
  ].filter((finding) => finding !== undefined);
}

const rejected = (what: string, remediation: Remediation): ActionError =>
  new ActionError(`Certificate rejected: ${what}`, remediation);

function lintKey({ keyText, rsaBits }: Certificate): void {
  const fix = EXPORT_COMMANDS.newRsaKey;
  if (rsaBits === undefined)
    throw rejected(`it has a key of type ${keyText}; Azure AD B2C supports only RSA`, { anchor: 'not-rsa', fix });
  if (rsaBits < MIN_RSA_BITS)
    throw rejected(`its RSA key has ${rsaBits} bits; at least ${MIN_RSA_BITS} are required`, {
      anchor: 'aadb2c90137',
      fix,
    });
}

function lintExpiry(
  { notAfter }: Certificate,
  { warningDays, failureDays }: Thresholds,
  now: Date,
): Finding | undefined {
  const days = daysUntil(notAfter, now);
  const left = `${plural(days, 'day')} left (until ${rfc3339(notAfter)}), fewer than`;
  const renew = 'Renew the certificate first.';
  if (notAfter <= now) throw rejected(`it expired at ${rfc3339(notAfter)}`, { anchor: 'expired', fix: renew });
  if (days < failureDays) {
    const fix = `${renew} To upload it anyway, lower expiry-failure-days.`;
    throw rejected(`it has ${left} expiry-failure-days: ${failureDays}`, { anchor: 'expiry-failure-days', fix });
  }
  if (days >= warningDays) return undefined;
  return { level: 'warning', message: `The certificate has ${left} expiry-warning-days: ${warningDays}.` };
}

function lintStart({ notBefore }: Certificate, now: Date): Finding | undefined {
  if (notBefore <= now) return undefined;
  const message = `The certificate becomes valid at ${rfc3339(notBefore)}; staged rollover: it is expected to become active then.`;
  return { level: 'notice', message };
}

/**
 * Nobody checks the signature of a self-signed certificate, so its hash does not matter there. Node has
 * `signatureAlgorithmOid` only from 24.9 on.
 */
function lintSignature({ der, x509, subject, issuer }: Certificate): Finding | undefined {
  const hash = WEAK_SIGNATURES[algorithmOf(der)];
  if (hash === undefined || (subject === issuer && x509.verify(x509.publicKey))) return undefined;
  const message = `The certificate is signed with ${hash}, a weak algorithm; partners may reject it.`;
  return { level: 'warning', message };
}

/**
 * A key that may sign certificates and nothing else belongs to a CA. `CA:TRUE` is what `openssl req -x509` makes by default
 * and says nothing.
 */
function lintUsage({ signsCertificates, canSign }: Certificate): Finding | undefined {
  if (!signsCertificates || canSign) return undefined;
  const message =
    'The certificate may sign other certificates but not data (KeyUsage keyCertSign without digitalSignature): it is likely a CA certificate.';
  return { level: 'warning', message };
}
