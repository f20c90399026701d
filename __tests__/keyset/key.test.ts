import { describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { isDisabled, readKey, readKeyset, readNumericDate, validityOf } from '../../src/keyset/key.ts';
import { certificateOf } from '../certificate/structures.ts';
import { fixtureText } from '../fixtures/index.ts';

/** A key as the service answered it in 2020 (kevinhillinger/azuread-b2c-cert-rotator@d545db8). */
const real: unknown = JSON.parse(fixtureText('real-key.json'));

describe('a date of a key', () => {
  test.each([
    [1587913621, '2020-04-26T15:07:01.000Z'],
    ['1587913621', '2020-04-26T15:07:01.000Z'],
    [' 1587913621 ', '2020-04-26T15:07:01.000Z'],
    [1587913621.5, '2020-04-26T15:07:01.500Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    ['2025-06-01T00:00:00Z', '2025-06-01T00:00:00.000Z'],
    [1587913621000, '2020-04-26T15:07:01.000Z'],
    ['1587913621000', '2020-04-26T15:07:01.000Z'],
    [253402300799, '9999-12-31T23:59:59.000Z'],
  ])('%j is %s', (value, expected) => {
    expect(readNumericDate(value)?.toISOString()).toBe(expected);
  });

  test.each([
    [null],
    [undefined],
    [''],
    ['soon'],
    ['2026-01-01'],
    ['2026-99-99T00:00:00Z'],
    ['0x10'],
    [true],
    [{}],
    [[1587913621]],
    [1e300],
    [1e15],
    [-1e12],
    ['99999-01-01T00:00:00Z'],
    [NaN],
  ])('%p is none', (value) => {
    expect(readNumericDate(value)).toBeUndefined();
  });
});

describe('a key', () => {
  test('as the service wrote it in life', () => {
    const key = readKey(real);
    const leaf = new X509Certificate(key?.x5c[0] ?? '');
    expect(key).toMatchObject({ kty: 'RSA', use: undefined, status: undefined, x5t: 'HuLR35aID5S72_5_qwYrCXZurhE' });
    expect(key?.kid).toBe(leaf.fingerprint.replaceAll(':', ''));
    expect([key?.nbf, key?.exp]).toEqual([leaf.validFromDate, leaf.validToDate]);
  });

  test('keeps what is of the right type, and only that', () => {
    expect(
      readKey({ kid: 7, kty: 'RSA', x5c: ['AQID', 4, null, ''], nbf: {}, exp: '1', status: [], n: '', e: null }),
    ).toEqual({ kty: 'RSA', x5c: [Buffer.from([1, 2, 3])], exp: new Date(1000), hasUnreadableDate: true });
  });

  test.each([null, undefined, 'key', 1, ['key']])('%p is none', (value) => {
    expect(readKey(value)).toBeUndefined();
  });

  test('gets the dates that it lacks from its certificate', () => {
    const key = readKey({ ...Object(real), nbf: null, exp: undefined });
    expect(key && validityOf(key)).toEqual({
      start: new Date('2020-03-27T15:07:01Z'),
      end: new Date('2020-04-26T15:07:01Z'),
      expiryMismatch: false,
    });
  });

  test('gets no date from a certificate whose dates are none', () => {
    const x5c = [certificateOf({ notBefore: '991399999999Z' })];
    expect(validityOf({ x5c })).toEqual({ start: undefined, end: undefined, expiryMismatch: false });
  });

  test.each([
    ['disabled', true],
    ['Disabled', true],
    ['enabled', false],
    ['unknownFutureValue', false],
    [undefined, false],
  ])('with the status %s is disabled: %s', (status, expected) => {
    expect(isDisabled({ status, x5c: [] })).toBe(expected);
  });
});

describe('a keyset', () => {
  test('distinguishes keys that were left out from none', () => {
    expect(readKeyset({ id: 'B2C_1A_x' })).toEqual({ id: 'B2C_1A_x', keys: undefined });
    expect(readKeyset({ id: 'B2C_1A_x', keys: null })).toEqual({ id: 'B2C_1A_x', keys: undefined });
    expect(readKeyset({ id: 'B2C_1A_x', keys: [] })).toEqual({ id: 'B2C_1A_x', keys: [] });
  });

  test('is not complete where it has a next page', () => {
    const page = { id: 'B2C_1A_x', keys: [], 'keys@odata.nextLink': 'https://graph.microsoft.com/next' };
    expect(readKeyset(page)).toEqual({ id: 'B2C_1A_x', keys: [], nextLink: 'https://graph.microsoft.com/next' });
  });

  test('one odd key does not hide the others', () => {
    expect(readKeyset({ id: 'B2C_1A_x', keys: [null, { kid: 'a' }, 'b'] })?.keys).toEqual([
      { kid: 'a', x5c: [], hasUnreadableDate: false },
    ]);
  });

  test.each([null, [], {}, { id: 5 }, { id: '' }, { id: 'B2C_1A_x', keys: 'none' }])('%j is none', (value) => {
    expect(readKeyset(value)).toBeUndefined();
  });

  test('no JSON whatsoever breaks the guards', () => {
    const members = ['kid', 'kty', 'use', 'status', 'nbf', 'exp', 'x5c', 'x5t', 'n', 'e'];
    const odd = fc.dictionary(fc.constantFrom(...members), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(odd, fc.jsonValue()), (value) => {
        const keys = readKeyset({ id: 'B2C_1A_x', keys: [value] })?.keys ?? [];
        for (const key of keys) {
          const { start, end } = validityOf(key);
          for (const instant of [start, end]) expect(Number.isNaN(instant?.getTime())).toBe(false);
        }
      }),
    );
  });
});
