import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, startEmulator } from '../../emulator/index.ts';
import { fixtureText } from '../fixtures/index.ts';
import { startStep } from '../harness/index.ts';

type Signal = 'SIGINT' | 'SIGTERM';

/** Windows has no signals that a process could answer. */
const isPosix = process.platform !== 'win32';

const NOTHING = 'No changes were made.';
const KEYSET = 'the keyset B2C_1A_Signing';
const PERHAPS = 'Unknown: the certificate may have been written. Run again: the next run detects it.';
const LONG_PAUSE = { kind: 'throttled', retryAfter: 50 } as const;

interface Row {
  readonly at: string;
  /** The last of them is what the run hangs on. */
  readonly faults: readonly Fault[];
  readonly says: string;
  readonly missing?: boolean;
}

const ROWS: readonly Row[] = [
  { at: "GitHub's token", faults: [{ at: 'oidc', kind: 'timeout' }], says: NOTHING },
  { at: "Entra's token", faults: [{ at: 'token', kind: 'timeout' }], says: NOTHING },
  { at: 'the tunnel', faults: [{ at: 'graph.microsoft.com', kind: 'drop', times: 2 }], says: NOTHING },
  { at: 'the keyset', faults: [{ at: 'keyset', kind: 'timeout' }], says: NOTHING },
  { at: 'the active key', faults: [{ at: 'active', kind: 'timeout' }], says: NOTHING },
  { at: 'a pause between reads', faults: [{ at: 'keyset', ...LONG_PAUSE }], says: NOTHING },
  {
    at: 'the creation',
    faults: [{ at: 'create', kind: 'timeout' }],
    says: `Unknown: ${KEYSET} may have been written. Run again: the next run detects it.`,
    missing: true,
  },
  { at: 'the upload', faults: [{ at: 'upload', kind: 'timeout' }], says: PERHAPS },
  { at: 'the upload, carried out', faults: [{ at: 'upload', kind: 'timeout-after' }], says: PERHAPS },
  { at: 'a pause after a refused upload', faults: [{ at: 'upload', ...LONG_PAUSE }], says: NOTHING },
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
  },
  { at: 'the proof', faults: [{ at: 'active', kind: 'timeout', skip: 1 }], says: 'Changed: the certificate.' },
  {
    at: 'the upload into a keyset of its own making',
    faults: [{ at: 'upload', kind: 'timeout' }],
    says: `Changed: ${KEYSET}. ${PERHAPS}`,
    missing: true,
  },
];

async function cancel({ at, faults, says, missing }: Row, signal: Signal, exitCode: number): Promise<void> {
  const emulator = await startEmulator();
  try {
    if (!missing) emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const step = startStep({
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
    while (emulator.faults.remaining().length > 0) await sleep(20);
    // A pause begins when the answer has arrived.
    await sleep(500);
    const asked = performance.now();
    step.kill(signal);
    const result = await step.finished;
    expect({ at, exitCode: result.exitCode, signal: result.signal }).toEqual({ at, exitCode, signal: null });
    expect(performance.now() - asked).toBeLessThan(2000);
    expect({ at, last: result.log.trimEnd().split('\n').at(-1) }).toEqual({
      at,
      last: expect.stringContaining(`Run cancelled (${signal}). ${says}`),
    });
    expect(result.outputs).toEqual({});
  } finally {
    await emulator.close();
  }
}

test.each<[Signal, number]>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a run that hangs ends within two seconds of %s, and says what it wrote', async (signal, exitCode) => {
  if (isPosix) await Promise.all(ROWS.map((row) => cancel(row, signal, exitCode)));
});
