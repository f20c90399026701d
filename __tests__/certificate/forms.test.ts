import { expect, test } from '@jest/globals';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { FORMS } from './form-cases.ts';

test.each(FORMS.map((form) => [form.name, form] as const))('%s is understood', async (_, form) => {
  const input = await readCertificateInput(form.bytes, form.password, true);
  expect(input.leaf.der).toEqual(fixtureDer(form.certificate));
  expect(input.key !== undefined).toBe(form.sent !== 'certificate');
});
