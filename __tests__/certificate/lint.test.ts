import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCertificate } from '../../src/certificate/certificate.ts';
import { lint } from '../../src/certificate/lint.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { daysUntil } from '../../src/shared/format.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { certificateOf } from './structures.ts';

const NOW = new Date('2027-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const THRESHOLDS = { warningDays: 30, failureDays: 0 };

const TOPICS = {
  'fewer than expiry-warning-days': 'expiry-warning-days',
  'becomes valid at': 'staged-rollover',
  'a weak algorithm': 'weak-signature',
  'keyCertSign without digitalSignature': 'key-usage',
};

/** What lint says, in a word or two each; `error` and the section of the documents when it rejects the certificate. */
function judge(der: Buffer, now = NOW, thresholds = THRESHOLDS): string[] {
  try {
    return lint(parseCertificate(der), thresholds, now).map(({ level, message }) => {
      const topic = Object.entries(TOPICS).find(([words]) => message.includes(words))?.[1];
      return `${level} ${String(topic)}`;
    });
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    expect(error.message).toMatch(/^Certificate rejected: it/);
    expect(error.remediation.fix).toMatch(/openssl|Renew/);
    return [`error ${error.remediation.anchor}`];
  }
}

test.each([
  ['signing.pem', []],
  // openssl makes CA:TRUE by default, and signs its own with whatever hash: neither is worth a word.
  ['other.pem', []],
  ['forms/root.pem', []],
  ['forms/leaf.pem', []],
  ['forms/usageless.pem', []],
  ['forms/encrypt.pem', []],
  ['forms/ec.pem', ['error not-rsa']],
  ['forms/ed25519.pem', ['error not-rsa']],
  ['forms/pss.pem', ['error not-rsa']],
  ['forms/small.pem', ['error aadb2c90137']],
  ['forms/expired.pem', ['error expired']],
  ['forms/future.pem', ['notice staged-rollover']],
  ['forms/sha1.pem', ['warning weak-signature']],
  ['forms/md5.pem', ['warning weak-signature']],
  ['forms/certsign.pem', ['warning key-usage']],
])('%s: %j', (name, expected) => {
  expect(judge(fixtureDer(name))).toEqual(expected);
});

test('a weak hash matters where somebody else signed, whatever the names say', () => {
  const own = certificateOf({ hash: 'sha1' });
  expect(judge(own)).toEqual([]);
  const forged = Buffer.from(own);
  forged.writeUInt8(own.readUInt8(own.length - 1) ^ 1, own.length - 1);
  expect(judge(forged)).toEqual(['warning weak-signature']);
});

test('days left are whole, rounded down, and measured against both thresholds', () => {
  const { notAfter } = parseCertificate(fixtureDer('signing.pem'));
  const before = (ms: number): Date => new Date(notAfter.getTime() - ms);
  const at = (ms: number, failureDays: number): string[] =>
    judge(fixtureDer('signing.pem'), before(ms), { warningDays: 30, failureDays });
  expect(at(30 * DAY_MS, 0)).toEqual([]);
  expect(at(30 * DAY_MS - 1, 0)).toEqual(['warning expiry-warning-days']);
  expect(at(7 * DAY_MS, 7)).toEqual(['warning expiry-warning-days']);
  expect(at(7 * DAY_MS - 1, 7)).toEqual(['error expiry-failure-days']);
  expect(at(1, 0)).toEqual(['warning expiry-warning-days']);
  expect(at(0, 0)).toEqual(['error expired']);
  expect(daysUntil(notAfter, before(-1))).toBe(-1);
});

test('whatever the clock says, a certificate is rejected exactly from its end on', () => {
  const { notAfter } = parseCertificate(fixtureDer('signing.pem'));
  fc.assert(
    fc.property(fc.integer({ min: -9000, max: 9000 }), (hours) => {
      const now = new Date(notAfter.getTime() + hours * 3_600_000);
      expect(judge(fixtureDer('signing.pem'), now).includes('error expired')).toBe(hours >= 0);
    }),
  );
});
