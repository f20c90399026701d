import { X509Certificate } from 'node:crypto';
import { ApiError } from './graph-error.ts';
import { certificateKey, type Key } from './keys.ts';
import { openPkcs12 } from './open-pkcs12.ts';
import type { ServiceBehavior } from './service-behavior.ts';

/** The smallest modulus that the emulator accepts, in bits. The service has a minimum and does not document it. */
const LEAST_RSA_BITS = 2048;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The string parameter `name` of an upload. The metadata allows every parameter to be null, so it is the backend that rejects
 * a missing one: AADB2C90253.
 */
export function parameter(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ApiError(400, 'AADB2C90253', `The trustframework keyset parameter '${name}' is missing`);
}

/** The key that `uploadCertificate` adds. Throws an {@link ApiError} for anything but a certificate that it accepts. */
export function uploadedCertificate(body: Record<string, unknown>, tenantId: string, behavior: ServiceBehavior): Key {
  const text = parameter(body, 'key');
  const bytes = Buffer.from(BASE64.test(text) ? text : '', 'base64');
  return accept(parseCertificate(bytes, tenantId, behavior), tenantId, behavior);
}

/** The key that `uploadPkcs12` adds. Throws an {@link ApiError} for a PFX that the service cannot open. */
export function uploadedPkcs12(body: Record<string, unknown>, tenantId: string, behavior: ServiceBehavior): Key {
  const pfx = Buffer.from(parameter(body, 'key'), 'base64');
  const password = typeof body.password === 'string' ? body.password : '';
  return accept(parseCertificate(openPkcs12(pfx, password), tenantId, behavior), tenantId, behavior);
}

function parseCertificate(bytes: Buffer, tenantId: string, behavior: ServiceBehavior): X509Certificate {
  try {
    const certificate = new X509Certificate(bytes);
    const isPem = bytes.includes('-----BEGIN');
    if (isPem ? behavior.pem === 'accepted' : certificate.raw.length === bytes.length) return certificate;
  } catch {
    // Rejected below, with everything else that is not a DER certificate.
  }
  throw new ApiError(
    400,
    'AADB2C90179',
    `The presented X509 certificate '' in tenant '${tenantId}' is not a valid X.509 certificate: 'Cannot find the requested object.'`,
  );
}

function accept(certificate: X509Certificate, tenantId: string, behavior: ServiceBehavior): Key {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa') {
    throw new ApiError(
      400,
      'AADB2C95031',
      `Bad kty parameter '${asymmetricKeyType ?? ''}' for the trustframework key. Must be RSA or oct.`,
    );
  }
  if ((asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS) {
    throw new ApiError(400, 'AADB2C90137', `A secure RSA key requires at least ${LEAST_RSA_BITS} bits.`);
  }
  if (behavior.expired === 'refused' && Date.parse(certificate.validTo) <= Date.now()) {
    throw new ApiError(
      400,
      'AADB2C90214',
      `The expiry date for the key container in tenant '${tenantId}' with storageReferenceId '' is in the past. Passed date :'${certificate.validTo}'.`,
    );
  }
  return certificateKey(certificate, behavior);
}
