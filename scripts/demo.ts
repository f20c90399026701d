// `npm run demo`: the committed `dist`, run as GitHub's runner runs it, against the emulator. Nothing leaves this machine.
import { randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { startEmulator } from '../emulator/index.ts';
import { rsaKeyPair } from '../emulator/rsa.ts';
import { runStep, type StepResult } from '../__tests__/harness/index.ts';
import { renderSummary } from './render-summary.ts';

/** A self-signed certificate of one year, as someone would make it for a token-signing keyset. */
async function makeCertificate(commonName: string): Promise<{ certificate: string; key: string }> {
  const pair = await rsaKeyPair();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = pair.publicKey;
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notAfter = new Date(Date.now() + 365 * 86_400_000);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.sign(pair.privateKey, forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.pem };
}

function show(title: string, { result, log, outputs, summary }: StepResult): void {
  const line = '─'.repeat(100);
  console.log(`\n${line}\n${title}\n${line}\n${log.trim()}`);
  console.log('\nOutputs:');
  for (const [name, value] of Object.entries(outputs)) console.log(`  ${name}: ${value.trim().split('\n')[0] ?? ''}`);
  console.log(`\nJob summary:\n${renderSummary(summary)}`);
  if (result !== 'success') throw new Error(`${title}: the step failed`);
}

const emulator = await startEmulator();
try {
  const { certificate, key } = await makeCertificate('signing.contoso.example');
  const signIn = { 'tenant-id': emulator.tenant.domain, 'client-id': emulator.app.clientId };
  const upload = (): Promise<StepResult> =>
    runStep({
      inputs: { ...signIn, 'keyset-id': 'TokenSigning', certificate: certificate + key, 'create-keyset': 'true' },
      env: { ...emulator.network(), ...emulator.job() },
      secrets: [key],
      forbidden: () => [...emulator.secrets],
    });
  show('First run: the keyset is created and the certificate uploaded', await upload());
  show('Second run: the certificate is found, nothing is written', await upload());
  const held = emulator.tenant.keysets.get('B2C_1A_TokenSigning')?.keys.length;
  console.log(`\nThe keyset B2C_1A_TokenSigning of the emulated tenant holds ${held ?? 0} key after two runs.`);
} finally {
  await emulator.close();
}
