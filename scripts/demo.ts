// `npm run demo`: both actions, run as GitHub's runner runs them, against the emulator. Nothing leaves this machine.
// `npm run demo -- --verbose` prints the whole log, the outputs and the job summary of each step.
import forge from 'node-forge';
import { styleText } from 'node:util';
import { type Emulator, startEmulator } from '../emulator/index.ts';
import { runStep, type StepOptions, type StepResult } from '../__tests__/harness/index.ts';
import { DAY, fromNow, makeCertificate } from '../__tests__/support/certificate.ts';
import { key } from '../__tests__/support/key.ts';
import { renderSummary } from './render-summary.ts';

const verbose = process.argv.includes('--verbose');
const isTerminal = process.stdout.isTTY;
/** Characters: a longer line is cut, unless everything is wanted. */
const MAX_LENGTH = 150;

interface Scene {
  readonly title: string;
  readonly result: StepResult['result'];
  /** The lines of the log that tell the scene, in order. */
  readonly lines: readonly RegExp[];
  readonly outputs: readonly string[];
}

/** The mistake that most first runs make: a job without the environment that the federated credential names. */
const WITHOUT_ENVIRONMENT = { environment: '' };

let scenes = 0;

/** Prints a finished step. Throws when the step did not go as the scene says. */
function show({ title, result, lines, outputs }: Scene, step: StepResult): void {
  console.log(`\n${styleText('bold', `${++scenes}. ${title}`)}`);
  const log = step.log.trimEnd().split('\n');
  const told = lines.map((pattern) => log.find((line) => pattern.test(line)));
  if (verbose) {
    for (const line of log) console.log(`  ${colored(line)}`);
    console.log('\n  Outputs:');
    for (const [name, value] of Object.entries(step.outputs))
      console.log(`    ${name}: ${value.trim().replaceAll('\n', '\n      ')}`);
    if (step.summary !== '') console.log(`\n  Job summary:\n${renderSummary(step.summary)}\n`);
  } else {
    for (const line of told) console.log(`  ${colored(cut(line ?? ''))}`);
    if (outputs.length > 0)
      console.log(cut(`  outputs: ${outputs.map((name) => `${name}=${step.outputs[name] ?? ''}`).join('  ')}`));
  }
  if (step.result !== result || told.includes(undefined)) throw new Error(`This step went otherwise:\n${step.log}`);
  const mark = isTerminal ? (result === 'success' ? '✓ ' : '✗ ') : '';
  console.log(
    styleText(
      result === 'success' ? 'green' : 'yellow',
      `  ${mark}${result === 'success' ? 'The step succeeds.' : 'The step fails, as it should.'}`,
    ),
  );
}

/** The first characters of a `kid` or a GUID tell one from another. */
function cut(line: string): string {
  const short = line.replace(/\b([0-9A-F]{8}|[0-9a-f]{8}(?=-))([0-9A-F]{32}|(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g, '$1…');
  return short.length > MAX_LENGTH ? `${short.slice(0, MAX_LENGTH - 1)}…` : short;
}

function colored(line: string): string {
  if (line.startsWith('Error:')) return styleText('red', line);
  return line.startsWith('Warning:') ? styleText('yellow', line) : line;
}

function start(emulator: Emulator, step: StepOptions, job = {}): Promise<StepResult> {
  return runStep({
    ...step,
    inputs: { 'tenant-id': emulator.tenant.domain, 'client-id': emulator.app.clientId, ...step.inputs },
    env: { ...emulator.network(), ...emulator.job(job) },
    forbidden: () => [...emulator.secrets],
  });
}

const emulator = await startEmulator({ tenant: { domain: 'contoso.onmicrosoft.com' } });
try {
  const password = 'correct horse battery staple';
  const [current, renewed] = await Promise.all([
    makeCertificate({ subject: 'signing.contoso.com', from: fromNow(-345 * DAY), to: fromNow(20.5 * DAY) }),
    makeCertificate({ subject: 'signing.contoso.com', from: fromNow(12 * DAY), to: fromNow(377 * DAY) }),
  ]);
  const pfx = forge.pkcs12.toPkcs12Asn1(renewed.pair.privateKey, forge.pki.certificateFromPem(renewed.pem), password, {
    algorithm: 'aes256',
  });
  const certificate = forge.util.encode64(forge.asn1.toDer(pfx).getBytes());
  const keyset = emulator.seed('B2C_1A_TokenSigning', current.der);
  const step = {
    inputs: { 'keyset-id': 'TokenSigning', certificate, 'certificate-password': password, 'private-key': 'require' },
    secrets: [certificate, password, renewed.pair.pem],
  };

  console.log(
    'The two actions against an emulated tenant. Its keyset B2C_1A_TokenSigning contains a key that expires in 20 days.',
  );
  show(
    {
      title: 'Dry run: what would an upload of the renewed certificate do?',
      result: 'success',
      lines: [/^Expected to become active at/, /^The last usable key expires/, /^Dry run: no changes were made/],
      outputs: ['outcome', 'changed'],
    },
    await start(emulator, { ...step, inputs: { ...step.inputs, 'dry-run': 'true' } }),
  );
  show(
    {
      title: 'Upload',
      result: 'success',
      lines: [/^Re-encoding the PFX/, /^Certificate uploaded/, /^Currently active/, /^Next: /],
      outputs: ['outcome', 'kid', 'expiry', 'active'],
    },
    await start(emulator, step),
  );
  show(
    {
      title: 'The same again: nothing is uploaded twice',
      result: 'success',
      lines: [/^The keyset already contains this certificate/, /^Certificate already present/],
      outputs: ['outcome', 'changed'],
    },
    await start(emulator, step),
  );
  if (keyset.keys.length !== 2) throw new Error(`The keyset contains ${keyset.keys.length} keys.`);
  show(
    {
      title: 'A rejected sign-in: the job lacks `environment: b2c-production`, which the federated credential names',
      result: 'failure',
      lines: [
        /^Error: Signing in as app/,
        /^ {2}subject/,
        /^ +the job runs on a branch/,
        /^Create a matching/,
        /^ {2}az ad app federated/,
      ],
      outputs: [],
    },
    await start(emulator, step, WITHOUT_ENVIRONMENT),
  );

  emulator.seed('B2C_1A_RestClientCertificate', key(-376, -11, 'rest'));
  emulator.seed('B2C_1A_SamlPartner', key(-361, 4, 'partner'));
  emulator.seed('B2C_1A_IdTokenHint', key(-325, 40, 'hint'), key(50, 415, 'hint-renewed'));
  emulator.seed('B2C_1A_TokenEncryption', key(-175, 190, 'encryption'));
  show(
    {
      title: 'check: every keyset of the tenant',
      result: 'failure',
      lines: [
        /RestClientCertificate expired/,
        /SamlPartner expires/,
        /IdTokenHint has no/,
        /^B2C_1A_TokenSigning/,
        /^B2C_1A_TokenEncryption/,
        /require action/,
      ],
      outputs: ['healthy', 'next-expiry'],
    },
    await start(emulator, { action: 'check' }),
  );
} finally {
  await emulator.close();
}
const more = verbose ? '' : ' Full logs and job summaries: npm run demo -- --verbose.';
console.log(`\nNext: docs/setup.md has the commands for your own tenant.${more}`);
