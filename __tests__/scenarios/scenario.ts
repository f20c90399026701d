import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { fixtureText } from '../fixtures/index.ts';
import { runStep, type StepOptions, type StepResult } from '../harness/index.ts';

/** How a scenario runs a step that differs from the default. */
export interface RunOptions extends StepOptions {
  /** The step waits in real time. By default it skips the time in which it only waits, and the emulator's clock follows. */
  readonly realTime?: boolean;
}

type Run = (inputs?: Record<string, string>, options?: RunOptions) => Promise<StepResult>;

export interface Scenario {
  readonly emulator: Emulator;
  /**
   * Runs the upload action in a job that may sign in. By default it uploads the fixture `signing.pem` to `B2C_1A_Signing`; inputs
   * are added to the `with:` block or override it, and an empty one removes an input.
   */
  readonly run: Run;
  /** Runs the check action in a job that may sign in, of all keysets by default. */
  readonly check: Run;
  /** How many requests of a step arrived, or how many in all. */
  readonly requests: (step?: string) => number;
}

/** Runs a test against a tenant of its own, which is removed afterwards. */
export async function scenario(options: EmulatorOptions, body: (scenario: Scenario) => Promise<void>): Promise<void> {
  const emulator = await startEmulator(options);
  const start = (inputs: Record<string, string>, { realTime = false, ...step }: RunOptions): Promise<StepResult> =>
    runStep({
      forbidden: () => [...emulator.secrets],
      skipWaiting: !realTime,
      ...step,
      inputs: { 'tenant-id': emulator.tenant.domain, 'client-id': emulator.app.clientId, ...inputs },
      env: { ...emulator.network(), ...emulator.job(), ...step.env },
    });
  const run: Run = (inputs = {}, step = {}) => {
    const certificate = inputs['certificate-path'] ? '' : fixtureText('signing.pem');
    return start({ 'keyset-id': 'B2C_1A_Signing', certificate, ...inputs }, step);
  };
  const check: Run = (inputs = {}, step = {}) => start(inputs, { ...step, action: 'check' });
  const requests = (step?: string): number =>
    emulator.requestLog.filter((recorded) => step === undefined || recorded.step === step).length;
  try {
    await body({ emulator, run, check, requests });
  } finally {
    await emulator.close();
  }
}

/** The same for the check action: the app may only read. */
export function checkScenario(options: EmulatorOptions, body: (scenario: Scenario) => Promise<void>): Promise<void> {
  return scenario({ ...options, app: { roles: ['TrustFrameworkKeySet.Read.All'], ...options.app } }, body);
}

/** The state of each keyset in a report, by its ID without prefix. */
export function stateOf({ outputs }: StepResult): Record<string, string> {
  const report = JSON.parse(outputs.report ?? '') as { keysets: { id: string; state: string }[] };
  return Object.fromEntries(report.keysets.map(({ id, state }) => [id.replace('B2C_1A_', ''), state]));
}

/** The warnings of a step. */
export const warningsOf = ({ annotations }: StepResult): string[] =>
  annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
