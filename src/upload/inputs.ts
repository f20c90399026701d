import { readFile, stat } from 'node:fs/promises';
import { MAX_BYTES, type CertificateInput, readCertificateInput } from '../certificate/certificate-input.ts';
import { cloudNames, type CloudName } from '../entra/clouds.ts';
import { parseClientId, parseTenantId } from '../entra/ids.ts';
import type { App } from '../entra/sign-in.ts';
import { parseKeysetId } from '../keyset/id.ts';
import { isRecord } from '../shared/json.ts';
import { ActionError } from '../shared/action-error.ts';
import { Inputs } from '../runner/inputs.ts';
import { mask, maskPrivateKeys } from '../runner/secrets.ts';

const PRIVATE_KEY_MODES = ['auto', 'require', 'exclude'] as const;
export type PrivateKeyMode = (typeof PRIVATE_KEY_MODES)[number];

/** Everything the step was told, checked. */
export interface UploadInputs {
  readonly keysetId: string;
  readonly material: CertificateInput;
  readonly privateKey: PrivateKeyMode;
  readonly app: App;
  readonly clientSecret: string;
  readonly cloud: CloudName;
  /** `''` for the cloud's own. */
  readonly audience: string;
  readonly createKeyset: boolean;
  readonly enableKey: boolean;
  readonly allowDuplicate: boolean;
  readonly dryRun: boolean;
  /** Whole days. */
  readonly warningDays: number;
  readonly failureDays: number;
  readonly summary: boolean;
}

/**
 * Reads and checks all inputs, the certificate among them, and hides what must not be seen.
 *
 * @throws ActionError that names every input that needs a hand
 */
export async function readInputs(): Promise<UploadInputs> {
  const inputs = new Inputs();
  const clientSecret = inputs.text('client-secret');
  const password = inputs.verbatim('certificate-password');
  mask(clientSecret);
  mask(password);

  const privateKey = inputs.choice('private-key', PRIVATE_KEY_MODES);
  const keysetId = inputs.required('keyset-id', parseKeysetId);
  const tenantId = inputs.required('tenant-id', parseTenantId);
  const clientId = inputs.required('client-id', parseClientId);
  return inputs.complete<UploadInputs>({
    keysetId,
    app: tenantId && clientId ? { tenantId, clientId } : undefined,
    cloud: inputs.choice('cloud', cloudNames()),
    audience: inputs.text('audience'),
    clientSecret,
    privateKey,
    material: await readCertificate(inputs, password, privateKey !== 'exclude'),
    createKeyset: inputs.flag('create-keyset'),
    enableKey: inputs.flag('enable-key'),
    allowDuplicate: inputs.flag('allow-duplicate'),
    dryRun: inputs.flag('dry-run'),
    warningDays: inputs.days('expiry-warning-days'),
    failureDays: inputs.days('expiry-failure-days'),
    summary: inputs.flag('summary'),
  });
}

/** Exactly one of the two inputs, understood. */
async function readCertificate(
  inputs: Inputs,
  password: string,
  withKey: boolean,
): Promise<CertificateInput | undefined> {
  const [text, path] = [inputs.text('certificate'), inputs.text('certificate-path')];
  if ((text === '') === (path === '')) {
    const came = text === '' ? 'both are empty (a secret that does not exist is empty too)' : 'both are given';
    inputs.complain(
      'certificate, certificate-path',
      new ActionError(`expected exactly one of them, and ${came}`, { anchor: 'input' }),
    );
    return undefined;
  }
  const name = text === '' ? 'certificate-path' : 'certificate';
  return await inputs.parse(name, async () => {
    const bytes = text === '' ? await readFileOfCertificate(path) : Buffer.from(text);
    maskPrivateKeys(bytes.toString('latin1'));
    const material = await readCertificateInput(bytes, password, withKey);
    if (material.form.includes('PFX') || (material.key && material.form.startsWith('base64'))) mask(text);
    return material;
  });
}

/** No path is as long as the shortest certificate. */
const MAX_PATH = 400;

async function readFileOfCertificate(path: string): Promise<Buffer> {
  if (path.length > MAX_PATH || /-----BEGIN |[\r\n]/.test(path)) {
    // Not repeated, of course: it may be a private key.
    maskPrivateKeys(path);
    throw new ActionError('it holds a certificate or a key itself, and no path; that belongs into certificate', {
      anchor: 'certificate-path',
    });
  }
  const refuse = (what: string): ActionError =>
    new ActionError(`${JSON.stringify(path)} ${what}; expected a file with a certificate`, {
      anchor: 'certificate-path',
      fix: 'Paths are relative to the workspace: check out the repository, or make the file, in an earlier step.',
    });
  const info = await stat(path).catch((error: unknown) => {
    throw refuse(`cannot be looked at (${String(isRecord(error) && error.code)})`);
  });
  if (info.isDirectory()) throw refuse('is a folder');
  if (!info.isFile()) throw refuse('is not a regular file');
  if (info.size === 0) throw refuse('is empty');
  if (info.size > MAX_BYTES) throw refuse(`is ${info.size} bytes long, more than ${MAX_BYTES}`);
  return await readFile(path);
}
