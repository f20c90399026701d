import { readFile, stat } from 'node:fs/promises';
import { MAX_BYTES, readCertificateInput, removeBase64 } from '../certificate/certificate-input.ts';
import { readIdentity } from '../connect.ts';
import { parseKeysetId } from '../keyset/keyset-id.ts';
import { InputReader } from '../runner/input-reader.ts';
import { log, mask, maskPrivateKeys } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { isRecord } from '../shared/json.ts';

const PRIVATE_KEY_MODES = ['auto', 'require', 'exclude'] as const;
export type PrivateKeyMode = (typeof PRIVATE_KEY_MODES)[number];

/** `new`: a key that this run uploaded is enabled when it is disabled; `always`: any key of the certificate. */
const ENABLE_KEY_MODES = ['new', 'always', 'never'] as const;

/** Everything that the step was given, validated. */
export type UploadInputs = Awaited<ReturnType<typeof readInputs>>;

/**
 * Reads and validates all inputs, the certificate included, and masks the secrets among them.
 *
 * @throws ActionError that names every invalid input
 */
export async function readInputs() {
  const inputs = new InputReader();
  if (inputs.text('dry-run') === '') log.info('The input dry-run is empty: this is not a dry run.');
  // It may begin or end with a space.
  const password = inputs.secret('certificate-password', { trimWhitespace: false });
  const identity = readIdentity(inputs);
  const privateKey = inputs.oneOf('private-key', PRIVATE_KEY_MODES, 'auto');
  return inputs.validate({
    identity,
    keysetId: inputs.required('keyset-id', parseKeysetId),
    certificate: await readCertificate(inputs, password, privateKey !== 'exclude'),
    privateKey,
    createKeyset: inputs.boolean('create-keyset', false),
    enableKey: inputs.oneOf('enable-key', ENABLE_KEY_MODES, 'new'),
    allowDuplicate: inputs.boolean('allow-duplicate', false),
    dryRun: inputs.boolean('dry-run', false),
    warningDays: inputs.days('expiry-warning-days', 30),
    failureDays: inputs.days('expiry-failure-days', 0),
    summary: inputs.boolean('summary', true),
  });
}

/** From exactly one of the two inputs; undefined where they are invalid, which is noted. */
async function readCertificate(inputs: InputReader, password: string, withKey: boolean) {
  const [text, path] = [inputs.text('certificate'), inputs.text('certificate-path')];
  if ((text === '') === (path === '')) {
    const actual = text === '' ? 'both are empty (an undefined secret is also empty)' : 'both are set';
    inputs.addError('certificate, certificate-path', `set exactly one of them; ${actual}`);
    return undefined;
  }
  const name = text === '' ? 'certificate-path' : 'certificate';
  return await inputs.parse(name, async () => {
    const bytes = text === '' ? await readCertificateFile(path) : Buffer.from(text);
    const { layers, text: inner } = removeBase64(bytes);
    const hasKey = maskPrivateKeys(inner);
    if (hasKey && layers > 0) mask(text);
    const input = await readCertificateInput(bytes, password, withKey);
    if (input.format.includes('PFX')) mask(text);
    return input;
  });
}

/** Characters. No path is as long as the shortest certificate. */
const MAX_PATH_LENGTH = 400;

async function readCertificateFile(path: string): Promise<Buffer> {
  if (path.length > MAX_PATH_LENGTH || /-----BEGIN |[\r\n]/.test(path)) {
    // Not repeated in the error: it may be a private key.
    maskPrivateKeys(path);
    throw new ActionError('contains certificate data, not a path; use the input `certificate`', {
      anchor: 'certificate-path',
    });
  }
  const reject = (what: string): ActionError =>
    new ActionError(`"${path}" ${what}; expected a file with a certificate`, {
      anchor: 'certificate-path',
      fix: 'Paths are relative to the workspace: check out the repository, or create the file, in an earlier step.',
    });
  const info = await stat(path).catch((error: unknown) => {
    throw reject(`cannot be accessed (${String(isRecord(error) && error.code)})`);
  });
  if (info.isDirectory()) throw reject('is a folder');
  if (!info.isFile()) throw reject('is not a regular file');
  if (info.size === 0) throw reject('is empty');
  if (info.size > MAX_BYTES) throw reject(`is ${info.size} bytes long, more than ${MAX_BYTES}`);
  return await readFile(path);
}
