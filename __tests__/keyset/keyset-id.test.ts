import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseKeysetId } from '../../src/keyset/keyset-id.ts';
import { ActionError } from '../../src/shared/action-error.ts';

describe('a keyset id', () => {
  test.each(['Signing', 'B2C_1A_Signing', 'b2c_1a_Signing', 'B2c_1A_Signing'])('%s is B2C_1A_Signing', (text) => {
    expect(parseKeysetId(text)).toBe('B2C_1A_Signing');
  });

  test.each(['token-signing_2.old', 'B2C', '1', 'B2C_1B_Signing', 'x'.repeat(128)])('%s keeps its letters', (name) => {
    expect(parseKeysetId(name)).toBe(`B2C_1A_${name}`);
  });

  test.each([
    ['a/b', '"/"'],
    ['a b', '" "'],
    ['a?b', '"?"'],
    ['a\nb', String.raw`"\n"`],
    ["a'b", `"'"`],
    ['a%2Fb', '"%"'],
    ['Schlüssel', '"ü"'],
    ['a🔑b', '"🔑"'],
    ['..', 'dot'],
    ['a..b', 'dot'],
    ['B2C_1A_.a', 'dot'],
    ['a.', 'dot'],
    ['B2C_1A_', 'empty after the prefix'],
    ['', 'empty after the prefix'],
    ['x'.repeat(300), '300 characters'],
    ['Signing.BAK', 'backup'],
  ])('%j is rejected, and the reason named', (text, reason) => {
    expect(() => parseKeysetId(text)).toThrow(ActionError);
    expect(() => parseKeysetId(text)).toThrow(reason);
    expect(() => parseKeysetId(text)).toThrow('expected the name of a policy key such as B2C_1A_SigningCertificate');
  });

  test('is taken whole or not at all, and needs no encoding in a URL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webPath()), (text) => {
        let id: string;
        try {
          id = parseKeysetId(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
          return;
        }
        expect(id).toBe(`B2C_1A_${text.replace(/^b2c_1a_/i, '')}`);
        expect(encodeURIComponent(id)).toBe(id);
        expect(parseKeysetId(id)).toBe(id);
      }),
    );
  });
});
