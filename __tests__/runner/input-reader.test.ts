import { expect, test } from '@jest/globals';
import { InputReader } from '../../src/runner/input-reader.ts';

test('a mistake of ours while an input is read is not reported as an error of the input', async () => {
  process.env['INPUT_KEYSET-ID'] = 'Signing';
  const inputs = new InputReader();
  const mistake = (): never => {
    throw new TypeError('no such method');
  };
  expect(() => {
    inputs.required('keyset-id', mistake);
  }).toThrow(TypeError);
  await expect(inputs.parse('keyset-id', () => Promise.reject(new TypeError('no such method')))).rejects.toThrow(
    TypeError,
  );
  expect(inputs.validate({ given: 1 })).toEqual({ given: 1 });
});
