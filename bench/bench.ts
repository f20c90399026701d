// `npm run bench`: what the actions cost beside a bare script that does the same job, in one run, on this machine. Ratios count;
// milliseconds are this machine's. Writes bench/result.json. With `hostile`, see hostile.ts instead.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../emulator/index.ts';
import { fixtureText, fixture } from '../__tests__/fixtures/index.ts';
import { packagedAction } from '../__tests__/harness/package.ts';
import { seedLargeTenant } from '../__tests__/support/large-tenant.ts';
import { startAction } from '../__tests__/harness/step.ts';
import { isRecord } from '../src/shared/json.ts';

if (process.argv[2] === 'hostile') {
  const { measureHostileInputs } = await import('./hostile.ts');
  process.exit(measureHostileInputs());
}

const ROUNDS = 9;
/** Milliseconds that the emulator adds. */
const LATENCY = { requestMs: 60, handshakeMs: 20 };

/** What a check of a large tenant may need. */
const MAX_LARGE_MB = 200;

const JOBS = ['upload', 'present', 'pfx', 'check'] as const;
type Job = (typeof JOBS)[number];
type Way = 'proxy' | 'direct';

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly requests: number;
  readonly handshakes: number;
}

const folder = mkdtempSync(join(tmpdir(), 'b2c-bench-'));
const usageFile = join(folder, 'usage.json');
const preload = (name: string): string[] => ['--import', join(import.meta.dirname, name)];

/** One run against a tenant of its own. */
async function measure(who: 'action' | 'bare' | 'curl', job: Job, way: Way): Promise<Sample> {
  const emulator = await startEmulator({ latency: LATENCY });
  emulator.seed('B2C_1A_Signing', ...(job === 'present' || job === 'check' ? [fixture('signing.cer')] : []));
  try {
    const wallMs = who === 'curl' ? await runCurl(emulator) : await runNode(who, job, way, emulator);
    const { cpuMs, peakMb } = who === 'curl' ? { cpuMs: NaN, peakMb: NaN } : readUsage();
    return { wallMs, cpuMs, peakMb, requests: emulator.requestLog.length, handshakes: emulator.handshakes };
  } finally {
    await emulator.close();
  }
}

async function runNode(who: 'action' | 'bare', job: Job, way: Way, emulator: Emulator): Promise<number> {
  const { HTTPS_PROXY = '', ...trust } = emulator.network();
  const env = {
    ...trust,
    ...emulator.job(),
    ...(way === 'proxy' ? { HTTPS_PROXY, NODE_USE_ENV_PROXY: '1' } : { BENCH_PORT: new URL(HTTPS_PROXY).port }),
    BENCH_USAGE: usageFile,
    BENCH_JOB: job,
  };
  const certificate = job === 'pfx' ? fixture('forms/legacy.pfx').toString('base64') : fixtureText('signing.pem');
  const inputs = {
    'tenant-id': emulator.tenant.id,
    'client-id': emulator.app.clientId,
    ...(job === 'check' ? {} : { 'keyset-id': 'Signing', certificate }),
    ...(job === 'pfx' ? { 'certificate-password': PFX_PASSWORD } : {}),
  };
  const manifest = join(packagedAction(), job === 'check' ? 'check/action.yml' : 'action.yml');
  const command = who === 'bare' ? { command: [join(import.meta.dirname, 'bare.js')] } : {};
  const execArgv = [...preload('usage.js'), ...(way === 'direct' ? preload('direct.js') : [])];
  const { result, durationMs, log } = await startAction({ manifest, ...command }, { inputs, env, execArgv }).finished;
  if (result !== 'success') throw new Error(`${who} ${job} ${way} failed:\n${log}`);
  return durationMs;
}

const PFX_PASSWORD = 'open-sesame';

async function runCurl(emulator: Emulator): Promise<number> {
  const { NODE_EXTRA_CA_CERTS: ca = '', ...network } = emulator.network();
  const started = performance.now();
  const child = spawn('bash', [join(import.meta.dirname, 'curl.sh')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ...network,
      ...emulator.job(),
      CURL_CA_BUNDLE: ca,
      KEYSET_ID: 'Signing',
      TENANT_ID: emulator.tenant.id,
      CLIENT_ID: emulator.app.clientId,
      CERTIFICATE: fixtureText('signing.pem'),
    },
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`curl.sh ended with ${String(child.exitCode)}`);
  return performance.now() - started;
}

function readUsage(): { cpuMs: number; peakMb: number } {
  const usage: unknown = JSON.parse(readFileSync(usageFile, 'utf8'));
  if (!isRecord(usage)) throw new Error('no usage was reported');
  return { cpuMs: Number(usage.cpuMs), peakMb: Number(usage.peakMb) };
}

/** Megabytes of a check of 500 keysets of 20 keys, on one page. It waits two minutes, for Graph's limit. */
async function measureLargeTenant(): Promise<{ peakMb: number; requests: number }> {
  const emulator = await startEmulator();
  seedLargeTenant(emulator);
  try {
    const { log, outputs } = await startAction(
      { manifest: join(packagedAction(), 'check/action.yml') },
      {
        inputs: { 'tenant-id': emulator.tenant.id, 'client-id': emulator.app.clientId },
        env: { ...emulator.network(), ...emulator.job(), BENCH_USAGE: usageFile },
        execArgv: preload('usage.js'),
        limitMs: 400_000,
      },
    ).finished;
    if (!outputs.report) throw new Error(`The check of the large tenant failed:\n${log}`);
    return { peakMb: Math.round(readUsage().peakMb), requests: emulator.requestLog.length };
  } finally {
    await emulator.close();
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function summarise(samples: readonly Sample[]): Sample {
  const of = (read: (sample: Sample) => number): number => median(samples.map(read));
  return {
    wallMs: Math.round(of((one) => one.wallMs)),
    cpuMs: Math.round(of((one) => one.cpuMs)),
    peakMb: Math.round(of((one) => one.peakMb)),
    requests: of((one) => one.requests),
    handshakes: of((one) => one.handshakes),
  };
}

const plans = JOBS.flatMap((job) => (['proxy', 'direct'] as const).map((way) => ({ job, way })));
const rows: { job: Job; way: Way; action: Sample; bare: Sample; wallRatio: number; cpuRatio: number }[] = [];
for (const { job, way } of plans) {
  const samples = { action: new Array<Sample>(), bare: new Array<Sample>() };
  // In turns, so that a slow moment of the machine hits both.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const who of ['action', 'bare'] as const) {
      const sample = await measure(who, job, way);
      if (round > 0) samples[who].push(sample);
    }
  }
  const [action, bare] = [summarise(samples.action), summarise(samples.bare)];
  const ratio = (a: number, b: number): number => Math.round((a / b) * 1000) / 1000;
  rows.push({
    job,
    way,
    action,
    bare,
    wallRatio: ratio(action.wallMs, bare.wallMs),
    cpuRatio: ratio(action.cpuMs, bare.cpuMs),
  });
}
const large = await measureLargeTenant();
const curl: Sample[] = [];
for (let round = 0; round < ROUNDS; round++) curl.push(await measure('curl', 'upload', 'proxy'));

const archiveBytes = execFileSync('git', ['archive', '--format=tar.gz', 'HEAD'], { maxBuffer: 2 ** 26 }).length;
const result = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: `${cpus()[0]?.model ?? ''}, ${cpus().length} cores`,
  latency: LATENCY,
  rounds: ROUNDS,
  archiveBytes,
  rows,
  curl: summarise(curl),
  large,
};
writeFileSync(join(import.meta.dirname, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
rmSync(folder, { recursive: true });

const table = [
  '| job | way | action ms | bare ms | ratio | requests | CPU ratio | peak MB |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...rows.map(({ job, way, action, bare, wallRatio, cpuRatio }) => {
    const cells = [job, way, action.wallMs, bare.wallMs, wallRatio, action.requests, cpuRatio, action.peakMb];
    return `| ${cells.join(' | ')} |`;
  }),
  '',
  `curl and openssl do the upload through the proxy in ${result.curl.wallMs} ms. A check of 500 keysets of 20 keys peaks at`,
  `${large.peakMb} MB (limit: ${MAX_LARGE_MB}). The download has ${archiveBytes} bytes.`,
  `Measured on ${result.date} with Node ${process.versions.node} on ${result.machine}.`,
].join('\n');
console.log(table);

const DOC = join(import.meta.dirname, '../docs/performance.md');
const marked = /(<!-- bench -->\n)[\s\S]*?(<!-- end -->)/;
writeFileSync(
  DOC,
  readFileSync(DOC, 'utf8').replace(marked, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
);
if (large.peakMb > MAX_LARGE_MB) {
  console.error(`The check of a large tenant needs more than ${MAX_LARGE_MB} MB.`);
  process.exitCode = 1;
}
