import { type Certificate, toPem } from '../certificate/certificate.ts';
import { type Key, keyName, validityOf } from '../keyset/key.ts';
import type { Forecast } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { type Cell, code, jobSummary, setOutputs } from '../runner/summary.ts';
import { daysUntil, rfc3339 } from '../shared/format.ts';
import { evaluateKeyset, expectedKey, type KeysetStatus, type UploadResult } from './evaluate.ts';

const OUTCOMES = {
  uploaded: 'Certificate uploaded',
  'already-present': 'Certificate already present, nothing uploaded',
  'would-upload': 'Dry run: the certificate would be uploaded',
} as const;

/** Reports the result: as outputs, in the log and, where wanted, in the job summary. */
export async function report(result: UploadResult, certificate: Certificate, withSummary: boolean): Promise<void> {
  const now = new Date();
  const status = evaluateKeyset(result, expectedKey(certificate), now);
  const { id } = result.snapshot.keyset;
  setUploadOutputs(result, status, certificate, now);
  const headline = `${OUTCOMES[result.outcome]}: ${id}`;
  const future = describeForecast(status.forecast, now);
  log.info(`${headline}${status.key ? `, ${keyName(status.key)}` : ''}.`);
  for (const sentence of future) log.info(sentence);
  const { gap } = status.forecast;
  if (gap) log.warning(`Gap: ${id} has no valid key from ${rfc3339(gap.from)} to ${rfc3339(gap.to)}.`);
  if (!withSummary) return;
  jobSummary.heading(headline);
  jobSummary.list([...log.warnings.map((warning) => `⚠️ ${warning}`), ...future]);
  jobSummary.table(
    ['Key (kid)', 'From (UTC)', 'Until (UTC)', 'Status', 'Role'],
    status.keys.map((key) => keyRow(key, status)),
  );
  jobSummary.table(
    ['Certificate', ''],
    describeCertificate(certificate, now).map(([name, value]) => [name, code(value)]),
  );
  await jobSummary.write();
}

/** Sets the outputs of action.yml. */
function setUploadOutputs(result: UploadResult, status: KeysetStatus, certificate: Certificate, now: Date): void {
  const { key, forecast, isActive, activeFrom } = status;
  const notAfter = key?.exp ?? certificate.notAfter;
  setOutputs({
    kid: key?.kid ?? '',
    expiry: rfc3339(notAfter),
    'not-before': rfc3339(key?.nbf ?? certificate.notBefore),
    'days-remaining': daysUntil(notAfter, now),
    thumbprint: certificate.sha1,
    'thumbprint-sha256': certificate.sha256,
    'certificate-pem': toPem(certificate),
    'keyset-id': result.snapshot.keyset.id,
    outcome: result.outcome,
    changed: result.outcome === 'uploaded' || result.keysetCreated,
    'keyset-created': result.keysetCreated,
    status: key?.status ?? '',
    active: isActive,
    'active-kid': forecast.active?.kid ?? '',
    'takes-over-at': activeFrom ? rfc3339(activeFrom) : '',
  });
}

/** The facts of a certificate, for the log and for the summary; those that it does not have are left out. */
export function describeCertificate(certificate: Certificate, now: Date): [name: string, value: string][] {
  const facts: [string, string][] = [
    ['Subject', certificate.subject],
    ['Issuer', certificate.issuer],
    ['Names', certificate.san],
    ['Serial', certificate.serial],
    [
      'Valid',
      `${rfc3339(certificate.notBefore)} to ${rfc3339(certificate.notAfter)}, ${daysUntil(certificate.notAfter, now)} days left`,
    ],
    ['Key', certificate.keyText],
    ['SHA-1', certificate.sha1],
    ['SHA-256', certificate.sha256],
  ];
  return facts.filter(([, value]) => value !== '');
}

/** The future of the keyset, one sentence each. */
function describeForecast({ active, next, exhaustedAt, uncertain }: Forecast, now: Date): string[] {
  const expiry =
    exhaustedAt &&
    (exhaustedAt > now
      ? `The last usable key expires at ${rfc3339(exhaustedAt)}, in ${daysUntil(exhaustedAt, now)} days.`
      : `The last usable key expired at ${rfc3339(exhaustedAt)}.`);
  return [
    active ? `Currently active: ${keyName(active)}.` : 'No key is active now.',
    ...(next ? [`Next: ${keyName(next.key)} becomes active at ${rfc3339(next.at)}.`] : []),
    ...(expiry ? [expiry] : []),
    ...uncertain.map((reason) => `Forecast uncertain: ${reason}.`),
  ];
}

function keyRow(key: Key, { key: ownKey, forecast }: KeysetStatus): Cell[] {
  const { start, end } = validityOf(key);
  const roles: [boolean, string][] = [
    [key === forecast.active, 'active'],
    [key === forecast.next?.key, 'next'],
    [key === ownKey, 'this certificate'],
  ];
  const role = roles.filter(([applies]) => applies).map(([, name]) => name);
  return [code(key.kid ?? ''), minute(start), minute(end) || 'never', key.status ?? '', role.join(', ')];
}

const minute = (instant: Date | undefined): string => (instant ? rfc3339(instant).slice(0, 16).replace('T', ' ') : '');
