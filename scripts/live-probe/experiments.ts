import { createHash, type X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { makeCertificate, type MadeCertificate } from '../../__tests__/support/certificate.ts';
import { isRecord } from '../../src/shared/json.ts';
import type { Service, ServiceResponse } from './service.ts';

/** A question, and what was found out. */
export type Finding = readonly [question: string, finding: string];

/** What is not documented, each with the keysets that are needed to find out. They throw when one of those cannot be created. */
export const EXPERIMENTS: Readonly<Record<string, (service: Service) => Promise<Finding[]>>> = {
  'a missing keyset': async (service) => {
    const id = service.idOf('Missing');
    const { der } = await makeCertificate();
    return [
      ['Reading a missing keyset', outcome(await service.get(id))],
      ['Uploading to a missing keyset', outcome(await upload(service, id, der))],
    ];
  },

  'a certificate': async (service) => {
    const id = await service.create('Certificate');
    const { der, x509 } = await makeCertificate();
    const key = insist(await upload(service, id, der));
    const [read = {}] = await service.keysOf(id, 1);
    const again = await upload(service, id, der);
    const count = (await service.keysOf(id, again.error ? 1 : 2)).length;
    return [
      ['kid of a certificate', kindOfKid(key.kid, x509)],
      ['use of a certificate without KeyUsage', shown(key.use)],
      ['nbf of a certificate', date(key.nbf, x509.validFromDate)],
      ['exp of a certificate', date(key.exp, x509.validToDate)],
      ['status in the response to an upload', shown(key.status)],
      ['status in a keyset', shown(read.status)],
      ['status in keys_v2', await statusInV2(service, id)],
      ['The same certificate again', again.error ? outcome(again) : `accepted, ${count} in the keyset`],
      ['A list of keysets', await listed(service)],
    ];
  },

  'a certificate with KeyUsage': async (service) => {
    const id = await service.create('Usage');
    const { der } = await makeCertificate({ usage: 'digitalSignature' });
    return [['use of a certificate with KeyUsage digitalSignature', shown(insist(await upload(service, id, der)).use)]];
  },

  'PEM in the place of DER': async (service) => {
    const id = await service.create('Pem');
    const { pem } = await makeCertificate();
    return [['base64 of PEM', outcome(await upload(service, id, Buffer.from(pem)))]];
  },

  'a PFX without password': async (service) => {
    const id = await service.create('Pfx');
    const pfx = withoutPassword(await makeCertificate());
    return [['A PFX without password', outcome(await service.post(`${id}/uploadPkcs12`, { key: pfx, password: '' }))]];
  },

  'a key without dates beside one with dates': async (service) => {
    const id = await service.create('Undated');
    insist(await service.post(`${id}/generateKey`, { use: 'sig', kty: 'RSA' }));
    const { der } = await makeCertificate();
    const { kid } = insist(await upload(service, id, der));
    const dated = (await service.keysOf(id, 2)).find((key) => key.kid === kid);
    const active = await service.get(`${id}/getActiveKey`);
    const winner = active.body.kid === kid ? 'the dated one' : 'the undated one';
    const caveat = dated?.status === 'disabled' ? ', the dated one being disabled' : '';
    return [['Active of a dated and an undated key', active.error ? outcome(active) : winner + caveat]];
  },
};

const upload = (service: Service, id: string, bytes: Buffer): Promise<ServiceResponse> =>
  service.post(`${id}/uploadCertificate`, { key: bytes.toString('base64') });

const outcome = ({ error }: ServiceResponse): string => (error ? `refused: ${error.message}` : 'accepted');

function insist({ body, error }: ServiceResponse): ServiceResponse['body'] {
  if (error) throw error;
  return body;
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

function date(value: unknown, expected: Date): string {
  if (value === undefined || value === null) return shown(value);
  const agrees = Number(value) * 1000 === expected.getTime() ? "the certificate's" : shown(value);
  return `${agrees}, a ${typeof value}`;
}

function kindOfKid(kid: unknown, certificate: X509Certificate): string {
  // RFC 7638 3.2: these members, in this order, without blanks.
  const { e, n } = certificate.publicKey.export({ format: 'jwk' });
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
  if (kid === certificate.fingerprint.replaceAll(':', '')) return 'SHA-1 of the certificate, upper-case hex';
  if (kid === thumbprint) return 'RFC 7638 thumbprint of the key';
  return shown(kid);
}

async function statusInV2(service: Service, id: string): Promise<string> {
  const response = await service.get(`${id}/keys_v2`);
  const [first] = membersOf(response);
  return first ? shown(first.status) : outcome(response);
}

async function listed(service: Service): Promise<string> {
  const response = await service.get('');
  const keysets = membersOf(response);
  const full = keysets.filter(({ keys }) => Array.isArray(keys));
  const pages = '@odata.nextLink' in response.body ? ' on the first page' : '';
  return response.error ? outcome(response) : `${full.length} of ${keysets.length} with their keys${pages}`;
}

const membersOf = ({ body }: ServiceResponse): Record<string, unknown>[] =>
  Array.isArray(body.value) ? body.value.filter(isRecord) : [];

/** base64 of a PFX in the one form that is known to be accepted, encrypted under the empty password. */
function withoutPassword({ pem, pair }: MadeCertificate): string {
  const certificate = forge.pki.certificateFromPem(pem);
  const pfx = forge.pkcs12.toPkcs12Asn1(pair.privateKey, certificate, '', { algorithm: '3des' });
  return forge.util.encode64(forge.asn1.toDer(pfx).getBytes());
}
