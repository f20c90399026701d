import { type Certificate, toPem } from '../certificate/certificate.ts';
import { type Key, validityOf } from '../keyset/key.ts';
import type { Forecast } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { setOutputs } from '../runner/outputs.ts';
import { type Cell, code, Summary } from '../runner/summary.ts';
import { daysUntil, nameOf, rfc3339 } from '../shared/format.ts';
import { expectedKey, type Notes } from './announce.ts';
import { conclude, type Ending, type Outlook } from './conclude.ts';

/** Tells the end of the story: in the outputs, in the log, and in the job summary where it is wanted. */
export async function report(
  ending: Ending,
  certificate: Certificate,
  notes: Notes,
  withSummary: boolean,
): Promise<void> {
  const now = new Date();
  const outlook = conclude(ending, expectedKey(certificate), now);
  setUploadOutputs(ending, outlook, certificate, now);
  const headline = `${OUTCOMES[ending.outcome]}: ${ending.keysetId}`;
  const future = describeForecast(outlook.forecast, now);
  log.info(`${headline}${outlook.key ? `, ${nameOf(outlook.key)}` : ''}.`);
  for (const sentence of future) log.info(sentence);
  const { gap } = outlook.forecast;
  if (gap) notes.warn(`Gap: no key of ${ending.keysetId} is usable from ${rfc3339(gap.from)} to ${rfc3339(gap.to)}.`);
  if (!withSummary) return;
  await new Summary()
    .heading(headline)
    .list([...notes.warnings.map((warning) => `⚠️ ${warning}`), ...future])
    .table(
      ['Key (kid)', 'From (UTC)', 'Until (UTC)', 'Status', 'Role'],
      outlook.keys.map((key) => keyRow(key, outlook)),
    )
    .table(
      ['Certificate', ''],
      describeCertificate(certificate, now).map(([name, value]) => [name, code(value)]),
    )
    .write();
}

/** Sets the outputs of action.yml. */
function setUploadOutputs(ending: Ending, outlook: Outlook, certificate: Certificate, now: Date): void {
  const { key, forecast, isActive, takesOverAt } = outlook;
  const notAfter = key?.exp ?? certificate.notAfter;
  setOutputs({
    kid: key?.kid ?? '',
    expiry: rfc3339(notAfter),
    'not-before': rfc3339(key?.nbf ?? certificate.notBefore),
    'days-remaining': daysUntil(notAfter, now),
    thumbprint: certificate.sha1,
    'thumbprint-sha256': certificate.sha256,
    'certificate-pem': toPem(certificate),
    'keyset-id': ending.keysetId,
    outcome: ending.outcome,
    changed: ending.outcome === 'uploaded' || ending.keysetCreated,
    'keyset-created': ending.keysetCreated,
    status: key?.status ?? '',
    active: isActive,
    'active-kid': forecast.active?.kid ?? '',
    'takes-over-at': takesOverAt ? rfc3339(takesOverAt) : '',
  });
}

const OUTCOMES = {
  uploaded: 'Certificate uploaded',
  'already-present': 'Certificate already present, nothing uploaded',
  'would-upload': 'Dry run: the certificate would be uploaded',
} as const;

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

/** What becomes of the keyset from now on, one sentence each. */
function describeForecast({ active, next, runsOut, uncertain }: Forecast, now: Date): string[] {
  return [
    active ? `Active now: ${nameOf(active)}.` : 'No key is active now.',
    ...(next ? [`Next: ${nameOf(next.key)} takes over at ${rfc3339(next.at)}.`] : []),
    ...(runsOut
      ? [
          runsOut > now
            ? `The keyset runs out at ${rfc3339(runsOut)}, in ${daysUntil(runsOut, now)} days.`
            : `The keyset ran out at ${rfc3339(runsOut)}.`,
        ]
      : []),
    ...uncertain.map((why) => `This forecast is uncertain: ${why}.`),
  ];
}

function keyRow(key: Key, { key: ours, forecast }: Outlook): Cell[] {
  const { start, end } = validityOf(key);
  const roles: [boolean, string][] = [
    [key === forecast.active, 'active'],
    [key === forecast.next?.key, 'next'],
    [key === ours, 'this certificate'],
  ];
  const role = roles.filter(([holds]) => holds).map(([, name]) => name);
  return [code(key.kid ?? ''), minute(start), minute(end) || 'never', key.status ?? '', role.join(', ')];
}

const minute = (instant: Date | undefined): string => (instant ? rfc3339(instant).slice(0, 16).replace('T', ' ') : '');
