import { type Emulator, type EmulatorOptions, type Key, startEmulator } from '../../emulator/index.ts';
import { runStep, type StepOptions, type StepResult } from '../harness/index.ts';

export interface CheckScenario {
  readonly emulator: Emulator;
  /** Runs the check action in a job that may sign in, as an app that may only read. */
  readonly check: (inputs?: Record<string, string>, options?: StepOptions) => Promise<StepResult>;
  /** How many requests of a step arrived. */
  readonly requests: (step: string) => number;
}

/** Tells a story of the check action against a tenant of its own, which is gone afterwards. */
export async function checkScenario(
  options: EmulatorOptions,
  body: (scenario: CheckScenario) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator({
    ...options,
    app: { roles: ['TrustFrameworkKeySet.Read.All'], ...options.app },
  });
  const check: CheckScenario['check'] = (inputs = {}, step = {}) =>
    runStep({
      forbidden: () => [...emulator.secrets],
      ...step,
      action: 'check',
      inputs: { 'tenant-id': emulator.tenant.domain, 'client-id': emulator.app.clientId, ...inputs },
      env: { ...emulator.network(), ...emulator.job(), ...step.env },
    });
  const requests = (step: string): number => emulator.requestLog.filter((recorded) => recorded.step === step).length;
  try {
    await body({ emulator, check, requests });
  } finally {
    await emulator.close();
  }
}

/** Seconds since 1970, so many days from now; an hour late, so that the whole days left are as many. */
const inDays = (days: number): number => Math.floor(Date.now() / 1000) + days * 86_400 + 3600;

/** A key that starts and ends so many days from now. */
export function key(start: number, end: number, kid: string, members: Partial<Key> = {}): Partial<Key> {
  return { kid, nbf: inDays(start), exp: inDays(end), ...members };
}

/** What the report says of each keyset, by its id without prefix. */
export function stateOf({ outputs }: StepResult): Record<string, string> {
  const report = JSON.parse(outputs.report ?? '') as { keysets: { id: string; state: string }[] };
  return Object.fromEntries(report.keysets.map(({ id, state }) => [id.replace('B2C_1A_', ''), state]));
}
