import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, startEmulator } from '../../emulator/index.ts';
import { fixtureText } from '../fixtures/index.ts';
import { startStep } from '../harness/index.ts';

type Signal = 'SIGINT' | 'SIGTERM';

const NOTHING = 'No changes were made.';
const KEYSET = 'the keyset B2C_1A_Signing';
const PERHAPS = 'Unknown: the certificate may have been written. Run again: the next run detects it.';
const LONG_PAUSE = { kind: 'throttled', retryAfter: 50 } as const;
const REJECTED = 'HTTP 429';

interface Row {
  readonly at: string;
  /** The last of them is what the run hangs on. */
  readonly faults: readonly Fault[];
  readonly says: string;
  readonly missing?: boolean;
  /** What the run hangs on begins when it has printed this; without it, when the last request has arrived. */
  readonly after?: string;
}

const ROWS: readonly Row[] = [
  { at: "GitHub's token", faults: [{ at: 'oidc', kind: 'timeout' }], says: NOTHING },
  { at: "Entra's token", faults: [{ at: 'token', kind: 'timeout' }], says: NOTHING },
  { at: 'the tunnel', faults: [{ at: 'graph.microsoft.com', kind: 'drop', times: 2 }], says: NOTHING },
  { at: 'the keyset', faults: [{ at: 'keyset', kind: 'timeout' }], says: NOTHING },
  { at: 'the active key', faults: [{ at: 'active', kind: 'timeout' }], says: NOTHING },
  { at: 'a pause between reads', faults: [{ at: 'keyset', ...LONG_PAUSE }], says: NOTHING, after: REJECTED },
  {
    at: 'the creation',
    faults: [{ at: 'create', kind: 'timeout' }],
    says: `Unknown: ${KEYSET} may have been written. Run again: the next run detects it.`,
    missing: true,
  },
  { at: 'the upload', faults: [{ at: 'upload', kind: 'timeout' }], says: PERHAPS },
  { at: 'the upload, carried out', faults: [{ at: 'upload', kind: 'timeout-after' }], says: PERHAPS },
  { at: 'a pause after a refused upload', faults: [{ at: 'upload', ...LONG_PAUSE }], says: NOTHING, after: REJECTED },
  {
    at: 'the search',
    faults: [
      { at: 'upload', kind: 'reset-after' },
      { at: 'keyset', kind: 'timeout', skip: 1 },
    ],
    says: PERHAPS,
  },
  {
    at: 'a pause after an unclear upload',
    faults: [
      { at: 'upload', kind: 'status', status: 500 },
      { at: 'keyset', ...LONG_PAUSE, skip: 1 },
    ],
    says: PERHAPS,
    after: REJECTED,
  },
  { at: 'the proof', faults: [{ at: 'active', kind: 'timeout', skip: 1 }], says: 'Changed: the certificate.' },
  {
    at: 'the upload into a keyset of its own making',
    faults: [{ at: 'upload', kind: 'timeout' }],
    says: `Changed: ${KEYSET}. ${PERHAPS}`,
    missing: true,
  },
];

async function cancel({ faults, says, missing, after = '' }: Row, signal: Signal, exitCode: number): Promise<void> {
  const emulator = await startEmulator();
  try {
    if (!missing) emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const step = startStep({
      debug: true,
      forbidden: () => [...emulator.secrets],
      inputs: {
        'keyset-id': 'Signing',
        certificate: fixtureText('signing.pem'),
        'tenant-id': emulator.tenant.domain,
        'client-id': emulator.app.clientId,
        'create-keyset': 'true',
      },
      env: { ...emulator.network(), ...emulator.job() },
    });
    let printed = '';
    step.onOutput((text) => (printed += text));
    while (emulator.faults.remaining().length > 0 || !printed.includes(after)) await sleep(20);
    // From then on the runner's clock ticks: a step that did not end would get the next signal, and then be killed.
    step.cancel(signal);
    const result = await step.finished;
    expect([result.exitCode, result.signal]).toEqual([exitCode, null]);
    const lines = result.log.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('##[debug]')).at(-1)).toContain(
      `Run cancelled (${signal}). ${says}`,
    );
    expect(result.outputs).toEqual({});
  } finally {
    await emulator.close();
  }
}

describe.each<[Signal, number]>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('%s ends a run that hangs at once, and it says what it wrote', (signal, exitCode) => {
  const each = process.platform === 'win32' ? test.skip.each(ROWS) : test.concurrent.each(ROWS);
  each('$at', (row) => cancel(row, signal, exitCode));
});
