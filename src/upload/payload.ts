import { randomInt } from 'node:crypto';
import type { CertificateInput } from '../certificate/certificate-input.ts';
import type { Payload } from '../graph/keysets.ts';
import { ActionError } from '../shared/action-error.ts';
import type { PrivateKeyMode } from './inputs.ts';

export interface PreparedPayload {
  readonly payload: Payload;
  /** What will be sent and why, one sentence each. */
  readonly logLines: readonly string[];
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** B2C was seen to take passwords of this length. */
const PASSWORD_LENGTH = 32;

/** A password for one upload, of letters and digits. */
const randomPassword = (): string =>
  Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');

/**
 * Decides what goes up: a PFX as it is where B2C is known to take its shape, one of that shape made in memory where it is not,
 * or the certificate alone.
 *
 * @param password - of the PFX as it was given
 * @throws ActionError when a private key is required and there is none
 */
export async function buildPayload(
  input: CertificateInput,
  mode: PrivateKeyMode,
  password: string,
): Promise<PreparedPayload> {
  const { leaf, others, key, pfx, form } = input;
  if (key === undefined) {
    if (mode === 'require') throw noKey(form);
    const why = mode === 'exclude' ? 'private-key: exclude' : 'it came without its private key';
    const logLines = [`The public certificate alone goes up (${why}).`];
    if (others.length > 0)
      logLines.push(
        `${others.length} further certificates (its chain) stay behind: a public certificate goes up alone.`,
      );
    return { payload: { kind: 'certificate', der: leaf.der }, logLines };
  }
  if (pfx && pfx.unfit === undefined) {
    const logLines = ['The PFX goes up as it is, private key included.'];
    return { payload: { kind: 'pkcs12', pfx: pfx.bytes, password }, logLines };
  }
  const { writePfx } = await import('../certificate/pkcs12/index.ts');
  const fresh = randomPassword();
  const bagOf = (der: Buffer) =>
    pfx?.certificates.find(({ value }) => value.equals(der)) ?? { value: der, attributes: [] };
  const rewritten = writePfx(
    {
      leaf: bagOf(leaf.der),
      others: others.map(({ der }) => bagOf(der)),
      key: pfx?.keys[0] ?? { value: key.export({ format: 'der', type: 'pkcs8' }), attributes: [] },
      sha1: leaf.sha1,
    },
    fresh,
  );
  const what = pfx
    ? `The PFX is re-encoded, because ${pfx.unfit} and Azure AD B2C takes PBE-SHA1-3DES alone; it goes up`
    : 'Certificate and private key go up as a PFX';
  return {
    payload: { kind: 'pkcs12', pfx: rewritten, password: fresh },
    logLines: [`${what} under a random password made for this upload; nothing of it touches the disk.`],
  };
}

const noKey = (form: string): ActionError =>
  new ActionError(`private-key: require, but what was given (${form}) holds no private key`, {
    anchor: 'private-key-required',
    fix: 'Give a PFX (`openssl pkcs12 -export -inkey key.pem -in certificate.pem -out certificate.pfx`; in PowerShell `Export-PfxCertificate`), or PEM with both: `cat certificate.pem key.pem`.',
  });
