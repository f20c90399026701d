import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { fixtureText } from '../fixtures/index.ts';
import { runStep, type StepOptions, type StepResult } from '../harness/index.ts';

export interface Scenario {
  readonly emulator: Emulator;
  /**
   * Runs the upload action in a job that may sign in: the fixture `signing.pem` into `B2C_1A_Signing`, unless told otherwise.
   *
   * @param inputs - override or add to the `with:` block; an empty text takes an input away
   */
  readonly run: (inputs?: Record<string, string>, options?: StepOptions) => Promise<StepResult>;
  /** How many requests of a step arrived, or all of them. */
  readonly requests: (step?: string) => number;
}

/** Tells a story against a tenant of its own, which is gone afterwards. */
export async function scenario(options: EmulatorOptions, body: (scenario: Scenario) => Promise<void>): Promise<void> {
  const emulator = await startEmulator(options);
  const run: Scenario['run'] = (inputs = {}, step = {}) =>
    runStep({
      forbidden: () => [...emulator.secrets],
      ...step,
      inputs: {
        'keyset-id': 'B2C_1A_Signing',
        certificate: inputs['certificate-path'] ? '' : fixtureText('signing.pem'),
        'tenant-id': emulator.tenant.domain,
        'client-id': emulator.app.clientId,
        ...inputs,
      },
      env: { ...emulator.network(), ...emulator.job(), ...step.env },
    });
  const requests = (step?: string): number =>
    emulator.requestLog.filter((recorded) => step === undefined || recorded.step === step).length;
  try {
    await body({ emulator, run, requests });
  } finally {
    await emulator.close();
  }
}
