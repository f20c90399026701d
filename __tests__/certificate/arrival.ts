import { createPrivateKey } from 'node:crypto';
import { expect } from '@jest/globals';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import type { Form } from './form-cases.ts';
import { readBack } from './read-back.ts';

/** The private keys of the certificates that come with one. */
const KEY_FILES: Record<string, string> = {
  'signing.pem': 'signing.key.pem',
  'forms/leaf.pem': 'forms/leaf.key.pem',
  'forms/ca.pem': 'forms/ca.key.pem',
};

/**
 * What has to reach the service for a form: the certificate, or a PFX with its chain and its key.
 *
 * @param body - of the upload: base64, and the password of a PFX
 */
export function expectArrival({ certificate, sent, chain }: Form, body: { key?: unknown; password?: unknown }): void {
  const der = fixtureDer(certificate);
  if (sent === 'certificate') {
    expect(body).toEqual({ key: der.toString('base64') });
    return;
  }
  expect(body.password).toMatch(/^[A-Za-z0-9]{32}$/);
  const pfx = readBack(Buffer.from(String(body.key), 'base64'), String(body.password));
  expect(pfx.certificates).toEqual([der, ...chain.map(fixtureDer)]);
  expect(pfx.key.equals(createPrivateKey(fixtureText(KEY_FILES[certificate] ?? '')))).toBe(true);
}
