import { expect, test } from '@jest/globals';
import { Inputs } from '../../src/runner/inputs.ts';

test('a mistake of ours while an input is read is not passed off as a problem of the input', async () => {
  process.env['INPUT_KEYSET-ID'] = 'Signing';
  const inputs = new Inputs();
  const mistake = (): never => {
    throw new TypeError('no such method');
  };
  expect(() => {
    inputs.required('keyset-id', mistake);
  }).toThrow(TypeError);
  await expect(inputs.parse('keyset-id', () => Promise.reject(new TypeError('no such method')))).rejects.toThrow(
    TypeError,
  );
  expect(inputs.complete({ given: 1 })).toEqual({ given: 1 });
});
