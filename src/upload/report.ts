import type { Certificate } from '../certificate/certificate.ts';
import { isDisabled, isEnabled, type Key, keyName, validityOf } from '../keyset/key.ts';
import { log } from '../runner/log.ts';
import { type Cell, code, jobSummary, setOutputs } from '../runner/summary.ts';
import { daysUntil, plural, rfc3339 } from '../shared/format.ts';
import type { KeysetStatus } from './evaluate.ts';
import type { UploadContext } from './snapshot.ts';

/** How the upload ended. */
export interface UploadResult {
  readonly outcome: 'uploaded' | 'already-present' | 'would-upload';
  readonly status: KeysetStatus;
}

const OUTCOMES = {
  uploaded: 'Certificate uploaded',
  'already-present': 'Certificate already present, nothing uploaded',
  'would-upload': 'Dry run: the certificate would be uploaded',
} as const;
/** Rows of a table that people read: the last keys, and those with a role. */
const MAX_ROWS = 100;

/** Reports the result: as outputs, in the log and, where wanted, in the job summary. */
export async function report(context: UploadContext, result: UploadResult, withSummary: boolean): Promise<void> {
  const { certificate, keysetId } = context;
  const { outcome, status } = result;
  const { now } = status;
  const isDryRun = outcome === 'would-upload';
  const headline = `${OUTCOMES[outcome]}: ${keysetId}`;
  const outlook = describeOutlook(status);
  const { end } = validityOf(status.key);
  const expiry = end ? `, expires at ${rfc3339(end)}` : '';
  log.info(isDryRun ? `${headline}.` : `${headline}, ${keyName(status.key)}${expiry}.`);
  for (const sentence of outlook) log.info(sentence);
  const { gap } = status.forecast;
  if (gap) {
    const verb = isDryRun ? 'would have' : 'has';
    log.warning(`Gap: ${keysetId} ${verb} no valid key from ${rfc3339(gap.from)} to ${rfc3339(gap.to)}.`);
  }
  setUploadOutputs(context, result);
  if (!withSummary) return;
  jobSummary.heading(headline);
  jobSummary.list([
    ...log.warnings.map((warning) => `⚠️ ${warning}`),
    ...(isDryRun ? [describeActivation(status)] : []),
    ...outlook,
  ]);
  const { keys } = status;
  const shown = keys.filter((key, i) => i >= keys.length - MAX_ROWS || roleOf(key, status) !== '');
  jobSummary.table(
    ['Key (kid)', 'From', 'Until', 'Status', 'Role'],
    shown.map((key) => keyRow(key, status)),
  );
  if (shown.length < keys.length) jobSummary.paragraph(`Other keys of the keyset: ${keys.length - shown.length}.`);
  if (keys.length > 1) jobSummary.timeline([{ id: keysetId, ...status }], now);
  jobSummary.table(
    ['Certificate', ''],
    describeCertificate(certificate, now).map(([name, value]) => [name, code(value)]),
  );
  await jobSummary.write();
}

/** Sets the outputs of action.yml: what was read back, and nothing where it is unknown. */
function setUploadOutputs(context: UploadContext, { outcome, status }: UploadResult): void {
  const { certificate, keysetId, keysetCreated, writes } = context;
  const { key, active, isActive, activeFrom, now } = status;
  const { start, end } = validityOf(key);
  setOutputs({
    kid: key.kid ?? '',
    expiry: end ? rfc3339(end) : '',
    'not-before': start ? rfc3339(start) : '',
    'days-remaining': end ? daysUntil(end, now) : '',
    thumbprint: certificate.sha1,
    'thumbprint-sha256': certificate.sha256,
    'certificate-pem': certificate.x509.toString(),
    'keyset-id': keysetId,
    outcome,
    changed: writes.hasChanges,
    'keyset-created': keysetCreated,
    status: isDisabled(key) ? 'disabled' : isEnabled(key) ? 'enabled' : '',
    active: isActive ?? '',
    'active-kid': (active.by === 'service' ? active.key?.kid : undefined) ?? '',
    'takes-over-at': activeFrom ? rfc3339(activeFrom) : '',
  });
}

/** The facts of a certificate, for the log and for the summary; those that it does not have are left out. */
export function describeCertificate(certificate: Certificate, now: Date): [name: string, value: string][] {
  const days = daysUntil(certificate.notAfter, now);
  const facts: [string, string][] = [
    ['Subject', certificate.subject],
    ['Issuer', certificate.issuer],
    ['Names', certificate.san],
    ['Serial', certificate.serial],
    [
      'Valid',
      `${rfc3339(certificate.notBefore)} to ${rfc3339(certificate.notAfter)}, ${days < 0 ? 'expired' : `${plural(days, 'day')} left`}`,
    ],
    ['Key', certificate.keyText],
    ['SHA-1', certificate.sha1],
    ['SHA-256', certificate.sha256],
  ];
  return facts.filter(([, value]) => value !== '');
}

/** Logs, before anything is written, when the key of the certificate becomes the one that policies use. */
export function logActivation(preview: KeysetStatus): void {
  (preview.activeFrom ? log.info : log.warning)(describeActivation(preview));
}

function describeActivation({ activeFrom, active, now }: KeysetStatus): string {
  if (activeFrom === undefined)
    return 'By the documented rule this certificate will never become active: other keys take precedence as long as it is valid.';
  const current = activeName(active);
  const byRule = active.by === 'rule' ? ' by the documented rule' : '';
  const when = activeFrom > now ? `at ${rfc3339(activeFrom)}` : 'immediately';
  return `Expected to become active ${when} (currently active${byRule}: ${current}).`;
}

const activeName = ({ key }: KeysetStatus['active']): string => (key ? keyName(key) : 'no key');

/** The present and future of the keyset, one sentence each. */
function describeOutlook({ key, active, forecast, now }: KeysetStatus): string[] {
  const { next, exhaustedAt, presumedDisabled, uncertain } = forecast;
  // It has no kid before the upload.
  const successor = next && (next.key === key && key.kid === undefined ? 'this certificate' : keyName(next.key));
  const expiry =
    exhaustedAt &&
    (exhaustedAt > now
      ? `The last usable key expires at ${rfc3339(exhaustedAt)}, in ${plural(daysUntil(exhaustedAt, now), 'day')}.`
      : `The last usable key expired at ${rfc3339(exhaustedAt)}.`);
  return [
    `${active.by === 'service' ? 'Currently active' : 'Active by the documented rule'}: ${activeName(active)}.`,
    ...(next ? [`Next: ${successor} becomes active at ${rfc3339(next.at)}.`] : []),
    ...(expiry ? [expiry] : []),
    ...presumedDisabled.map(
      (key) =>
        `By its dates ${keyName(key)} should be active, but the service does not use it, so it is presumed disabled.`,
    ),
    ...uncertain.map((reason) => `Forecast uncertain: ${reason}.`),
  ];
}

function keyRow(key: Key, status: KeysetStatus): Cell[] {
  const { start, end } = validityOf(key);
  const [from, until] = [start ? rfc3339(start) : '', end ? rfc3339(end) : 'never'];
  return [code(key.kid ?? ''), from, until, key.status ?? '', roleOf(key, status)];
}

/** `''` for a key that is only one of many. */
function roleOf(key: Key, { key: ownKey, active, forecast }: KeysetStatus): string {
  const roles = [
    key === active.key && 'active',
    key === forecast.next?.key && 'next',
    key === ownKey && 'this certificate',
  ];
  return roles.filter(Boolean).join(', ');
}
