import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, type Fault, type ServiceBehavior, startEmulator } from '../../emulator/index.ts';
import { fixtureText } from '../fixtures/index.ts';
import { startStep } from '../harness/index.ts';

type Signal = 'SIGINT' | 'SIGTERM';

const NOTHING = 'No changes were made.';
const KEYSET = 'the keyset B2C_1A_Signing';
const WAIT = 'Wait two minutes before running again, so that the next run can detect it.';
const PERHAPS = `Unknown: the certificate may have been written. ${WAIT}`;
const STATUS = `the status of key 27913BC1DFF1772DB38927910A4C2C79D61A3F20 may have been written. ${WAIT}`;
const LONG_PAUSE = { kind: 'throttled', retryAfter: 50 } as const;
const REJECTED = 'HTTP 429';

interface Row {
  readonly at: string;
  /** The last of them is what the run hangs on. */
  readonly faults: readonly Fault[];
  readonly says: string;
  readonly missing?: boolean;
  readonly behavior?: Partial<ServiceBehavior>;
  /** The run skips the time in which it only waits. A request without a response would be skipped too: it is held instead. */
  readonly skipWaiting?: boolean;
  /** What the run hangs on begins when it has printed this; without it, when the last request has arrived. */
  readonly after?: string;
}

const HELD = { kind: 'held', until: new Promise(() => undefined) } as const;
const DISABLED: Partial<ServiceBehavior> = { newKeys: 'disabled' };

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
    says: `Unknown: ${KEYSET} may have been written. ${WAIT}`,
    missing: true,
  },
  {
    at: 'the creation, executed',
    faults: [{ at: 'create', kind: 'timeout-after' }],
    says: `Unknown: ${KEYSET} may have been written. ${WAIT}`,
    missing: true,
  },
  { at: 'the upload', faults: [{ at: 'upload', kind: 'timeout' }], says: PERHAPS },
  { at: 'the upload, executed', faults: [{ at: 'upload', kind: 'timeout-after' }], says: PERHAPS },
  { at: 'a pause after a rejected upload', faults: [{ at: 'upload', ...LONG_PAUSE }], says: NOTHING, after: REJECTED },
  {
    at: 'the search',
    faults: [
      { at: 'upload', kind: 'reset-after' },
      { at: 'keyset', kind: 'timeout', skip: 1 },
    ],
    says: PERHAPS,
  },
  {
    at: 'a pause after an upload whose outcome is unknown',
    faults: [
      { at: 'upload', kind: 'status', status: 500 },
      { at: 'keyset', ...LONG_PAUSE, skip: 1 },
    ],
    says: PERHAPS,
    after: REJECTED,
  },
  {
    at: 'the upload that is sent again after the search',
    faults: [
      { at: 'upload', kind: 'status', status: 504 },
      { at: 'upload', ...HELD },
    ],
    says: PERHAPS,
    skipWaiting: true,
  },
  {
    at: 'the search after that',
    faults: [
      { at: 'upload', kind: 'status', status: 504, times: 2 },
      { at: 'keyset', ...HELD, skip: 10 },
    ],
    says: PERHAPS,
    skipWaiting: true,
  },
  {
    at: 'the verification, half a minute after the upload',
    faults: [{ at: 'keyset', ...HELD, skip: 6 }],
    says: 'Changed: the certificate.',
    behavior: { staleReadsMs: 80_000 },
    skipWaiting: true,
  },
  {
    at: 'the status',
    faults: [{ at: 'keys-v2', kind: 'timeout' }],
    says: 'Changed: the certificate.',
    behavior: DISABLED,
  },
  {
    at: 'the change of the status',
    faults: [{ at: 'enable', kind: 'timeout' }],
    says: `Changed: the certificate. Unknown: ${STATUS}`,
    behavior: DISABLED,
  },
  {
    at: 'the change of the status, executed',
    faults: [{ at: 'enable', kind: 'timeout-after' }],
    says: `Changed: the certificate. Unknown: ${STATUS}`,
    behavior: DISABLED,
  },
  {
    at: 'the verification of the status',
    faults: [{ at: 'keys-v2', kind: 'timeout', skip: 1 }],
    says: `Changed: the certificate. Unknown: ${STATUS}`,
    behavior: DISABLED,
  },
  { at: 'the verification', faults: [{ at: 'active', kind: 'timeout', skip: 1 }], says: 'Changed: the certificate.' },
  {
    at: 'the upload to a keyset that the run created',
    faults: [{ at: 'upload', kind: 'timeout' }],
    says: `Changed: ${KEYSET}. ${PERHAPS}`,
    missing: true,
  },
];

/** The tenant is as the last line of the run says. What it calls unknown may be either way. */
function expectTruth({ says, missing = false, behavior }: Row, { tenant }: Emulator): void {
  const keyset = tenant.keysets.get('B2C_1A_Signing');
  const [, changed = ''] = /Changed: (.*?)\./.exec(says) ?? [];
  const [, unknown = ''] = /Unknown: (.*?) may/.exec(says) ?? [];
  const facts: [what: string, isTrue: boolean][] = [
    [KEYSET, missing && keyset !== undefined],
    ['the certificate', keyset?.keys[0] !== undefined],
    ['the status', behavior === DISABLED && keyset?.keys[0]?.status === 'enabled'],
  ];
  for (const [what, isTrue] of facts)
    if (!unknown.startsWith(what)) expect([what, changed.includes(what)]).toEqual([what, isTrue]);
}

async function cancel(row: Row, signal: Signal, exitCode: number): Promise<void> {
  const { faults, says, missing, behavior = {}, skipWaiting = false, after = '' } = row;
  const emulator = await startEmulator({ behavior });
  try {
    if (!missing) emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const step = startStep({
      debug: true,
      skipWaiting,
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
    expectTruth(row, emulator);
  } finally {
    await emulator.close();
  }
}

describe.each<[Signal, number]>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('%s ends a run that hangs at once, and it says what it wrote', (signal, exitCode) => {
  // Windows has no signals: kill() ends the process outright.
  const each = process.platform === 'win32' ? test.skip.each(ROWS) : test.concurrent.each(ROWS);
  each('$at', (row) => cancel(row, signal, exitCode));
});
