import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesPattern } from '../../src/check/inputs.ts';

test.each<[string, string, boolean]>([
  ['B2C_1A_Signing', 'signing', true],
  ['B2C_1A_Signing', 'b2c_1a_signing', true],
  ['B2C_1A_Signing', 'B2C_1A_SIGN*', true],
  ['B2C_1A_Signing', 'sign', false],
  ['B2C_1A_Signing', 'sign*', true],
  ['B2C_1A_Signing', '*ing', true],
  ['B2C_1A_Signing', 'b2c_*ing', true],
  ['B2C_1A_Signing', '*', true],
  ['B2C_1A_Signing', 's*g*n*g', true],
  ['B2C_1A_Signing', 's*n*g*n*g', false],
  ['B2C_1A_ab', 'ab*b', false],
  ['B2C_1A_a.b', 'a.b', true],
  ['B2C_1A_axb', 'a.b', false],
])('%s, excluded by %s: %s', (id, pattern, matches) => {
  expect(matchesPattern(id, pattern)).toBe(matches);
});

test('a pattern matches exactly what the same regular expression does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (pattern, raw) => {
      const id = raw.replaceAll('*', '');
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(id);
      expect(matchesPattern(id, pattern)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
