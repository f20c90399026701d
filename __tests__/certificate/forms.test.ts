import { expect, test } from '@jest/globals';
import { readMaterial } from '../../src/certificate/certificate-input.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { FORMS } from './form-cases.ts';

test.each(FORMS.map((form) => [form.name, form] as const))('%s is understood', async (_, form) => {
  const material = await readMaterial(form.bytes, form.password, true);
  expect(material.leaf.der).toEqual(fixtureDer(form.certificate));
  expect(material.key !== undefined).toBe(form.sent !== 'certificate');
  if (material.pfx) expect(material.pfx.unfit === undefined).toBe(form.sent === 'as is');
});
