import { expect, test } from '@jest/globals';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { buildPayload } from '../../src/upload/payload.ts';
import { fixtureDer } from '../fixtures/index.ts';
import { expectArrival } from './arrival.ts';
import { FORMS } from './form-cases.ts';

test.each(FORMS.map((form) => [form.name, form] as const))('%s is understood, and arrives', async (_, form) => {
  const input = await readCertificateInput(form.bytes, form.password, true);
  expect(input.leaf.der).toEqual(fixtureDer(form.certificate));
  expect(input.key !== undefined).toBe(form.sent === 'pfx');
  const { payload } = await buildPayload(input, 'auto');
  expectArrival(
    form,
    payload.kind === 'certificate'
      ? { key: payload.der.toString('base64') }
      : { key: payload.pfx.toString('base64'), password: payload.password },
  );
});
