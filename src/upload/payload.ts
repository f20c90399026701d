import { randomBytes } from 'node:crypto';
import type { CertificateInput } from '../certificate/certificate-input.ts';
import type { Payload } from '../graph/keysets-client.ts';
import { ActionError } from '../shared/action-error.ts';
import type { PrivateKeyMode } from './inputs.ts';

/** What is uploaded, and what to say about it. */
export interface PreparedPayload {
  readonly payload: Payload;
  /** What is uploaded and why, one sentence each. */
  readonly logLines: readonly string[];
  /** What of the input is left out although its owner may expect it, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * Decides what is uploaded: the public certificate, or a PFX of certificate, chain and private key. A PFX is always made
 * anew, in the one shape that Azure AD B2C is known to accept and under a random password.
 *
 * @throws ActionError when a private key is required and there is none
 */
export async function buildPayload(
  { leaf, others, key, pfx, format }: CertificateInput,
  mode: PrivateKeyMode,
): Promise<PreparedPayload> {
  if (key === undefined) {
    if (mode === 'require') throw noKey(format);
    const why = mode === 'exclude' ? 'private-key: exclude' : 'no private key was provided';
    const logLines = [`To be uploaded: only the public certificate (${why}).`];
    if (others.length > 0) logLines.push(`Chain certificates that are not uploaded: ${others.length}.`);
    return { payload: { kind: 'certificate', der: leaf.der }, logLines, notices: [] };
  }
  const { writePfx } = await import('../certificate/pkcs12/write-pfx.ts');
  const bagOf = (der: Buffer) =>
    pfx?.certificates.find(({ value }) => value.equals(der)) ?? { value: der, attributes: [] };
  const contents = {
    leaf: bagOf(leaf.der),
    others: others.map(({ der }) => bagOf(der)),
    key: pfx?.keys[0] ?? { value: key.export({ format: 'der', type: 'pkcs8' }), attributes: [] },
  };
  // Letters and digits; B2C was seen to accept passwords of this length.
  const password = randomBytes(16).toString('hex');
  const bytes = writePfx(contents, password);
  const what = pfx ? 'Re-encoding the PFX in memory' : 'Building a PFX of certificate and private key in memory';
  return {
    payload: { kind: 'pkcs12', pfx: bytes, password },
    logLines: [`${what}: PBE-SHA1-3DES, which Azure AD B2C is known to accept, under a random password.`],
    notices:
      pfx && pfx.secrets > 0 ? [`The PFX also contains secret keys, which are not uploaded: ${pfx.secrets}.`] : [],
  };
}

const noKey = (format: string): ActionError =>
  new ActionError(`private-key is "require", but the ${format} contains no private key`, {
    anchor: 'private-key-required',
    fix: 'Provide a PFX (`openssl pkcs12 -export -inkey key.pem -in certificate.pem -out certificate.pfx`; in PowerShell `Export-PfxCertificate`), or PEM with both: `cat certificate.pem key.pem`.',
  });
