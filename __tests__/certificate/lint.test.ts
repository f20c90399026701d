import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCertificate } from '../../src/certificate/certificate.ts';
import { type Finding, lint } from '../../src/certificate/lint.ts';
import { daysUntil } from '../../src/shared/format.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { certificateOf } from './structures.ts';

const NOW = new Date('2027-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const THRESHOLDS = { warningDays: 30, failureDays: 0 };

const judge = (name: string, now = NOW, thresholds = THRESHOLDS): Finding[] =>
  lint(parseCertificate(fixtureDer(name)), thresholds, now);
const short = (findings: readonly Finding[]): string[] => findings.map(({ level, anchor }) => `${level} ${anchor}`);

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
  expect(short(judge(name))).toEqual(expected);
});

test('a weak hash matters where somebody else signed, whatever the names say', () => {
  const judged = (der: Buffer): string[] => short(lint(parseCertificate(der), THRESHOLDS, NOW));
  const own = certificateOf({ hash: 'sha1' });
  expect(judged(own)).toEqual([]);
  const forged = Buffer.from(own);
  forged.writeUInt8(own.readUInt8(own.length - 1) ^ 1, own.length - 1);
  expect(judged(forged)).toEqual(['warning weak-signature']);
});

test('days left are whole, rounded down, and measured against both thresholds', () => {
  const { notAfter } = parseCertificate(fixtureDer('signing.pem'));
  const before = (ms: number): Date => new Date(notAfter.getTime() - ms);
  const at = (ms: number, failureDays: number): string[] =>
    short(judge('signing.pem', before(ms), { warningDays: 30, failureDays }));
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
      expect(judge('signing.pem', now).some(({ level }) => level === 'error')).toBe(hours >= 0);
    }),
  );
});

test('every error says how to go on', () => {
  const rejected = ['ec', 'small', 'expired'].flatMap((name) => judge(`forms/${name}.pem`));
  expect(rejected).toHaveLength(3);
  for (const { fix } of rejected) expect(fix).toMatch(/openssl|Renew/);
});
