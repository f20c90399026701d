// `npm run bench -- hostile`: what files cost that were made to cost as much as they can, each in a process of its own. The test
// suite counts what is charged; here are the seconds and mebibytes of this machine.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { PASSWORD } from '../__tests__/certificate/form-cases.ts';
import { HOSTILE_INPUTS, type HostileInput } from '../__tests__/certificate/hostile-inputs.ts';
import { isRecord, parseJson } from '../src/shared/json.ts';

/** Processor time of one core, and memory of the whole process with Node and the sources. */
const MAX_SECONDS = 6;
const MAX_MEBIBYTES = 200;

interface Cost {
  readonly name: string;
  readonly seconds: number;
  readonly peak: number;
  /** Mebibytes more than before. */
  readonly growth: number;
}

/**
 * Prints a table, the most expensive input first.
 *
 * @returns the exit code: 1 where an input exceeded a limit
 */
export function measureHostileInputs(): number {
  const costs = HOSTILE_INPUTS.map(measure).toSorted((a, b) => b.seconds - a.seconds);
  const row = ({ name, seconds, peak, growth }: Cost): string =>
    `| ${name} | ${seconds.toFixed(2)} | ${peak.toFixed(0)} | ${growth.toFixed(0)} |`;
  console.log(
    ['| input | CPU seconds | peak MiB | growth MiB |', '| --- | --- | --- | --- |', ...costs.map(row)].join('\n'),
  );
  console.log(`Node ${process.versions.node} on ${cpus()[0]?.model ?? ''}, ${cpus().length} cores.`);
  const exceeded = costs.filter(({ seconds, peak }) => seconds > MAX_SECONDS || peak > MAX_MEBIBYTES);
  for (const { name } of exceeded) console.error(`More than ${MAX_SECONDS} s or ${MAX_MEBIBYTES} MiB: ${name}`);
  return exceeded.length > 0 ? 1 : 0;
}

function measure({ name, bytes }: HostileInput): Cost {
  const script = join(import.meta.dirname, '../__tests__/certificate/process-input.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, PASSWORD], {
    input: bytes,
    encoding: 'utf8',
  });
  const printed = parseJson(stdout);
  if (status !== 0 || !isRecord(printed)) throw new Error(`${name}: ${stderr}`);
  const { seconds, peak, growth } = printed;
  return { name, seconds: Number(seconds), peak: Number(peak), growth: Number(growth) };
}
