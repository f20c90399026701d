// `npm run demo`: the committed `dist`, run as GitHub's runner runs it, against the emulator. Nothing leaves this machine.
import { startEmulator } from '../emulator/index.ts';
import { runStep, type StepResult } from '../__tests__/harness/index.ts';
import { makeCertificate } from '../__tests__/support/certificate.ts';
import { renderSummary } from './render-summary.ts';

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
  const { pem, pair } = await makeCertificate({ subject: 'signing.contoso.example' });
  const signIn = { 'tenant-id': emulator.tenant.domain, 'client-id': emulator.app.clientId };
  const upload = (): Promise<StepResult> =>
    runStep({
      inputs: { ...signIn, 'keyset-id': 'TokenSigning', certificate: pem + pair.pem, 'create-keyset': 'true' },
      env: { ...emulator.network(), ...emulator.job() },
      secrets: [pair.pem],
      forbidden: () => [...emulator.secrets],
    });
  show('First run: the keyset is created and the certificate uploaded', await upload());
  show('Second run: the certificate is found, nothing is written', await upload());
  const keys = emulator.tenant.keysets.get('B2C_1A_TokenSigning')?.keys.length;
  console.log(`\nThe keyset B2C_1A_TokenSigning of the emulated tenant contains ${keys ?? 0} key after two runs.`);
} finally {
  await emulator.close();
}
