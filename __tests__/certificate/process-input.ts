// Reads, lints and re-encodes one input, as the upload action does, in a process of its own: the bytes come on standard input,
// the password as an argument. Prints as JSON what the user would see and what it cost; any error but a user's ends the process.
import { readFileSync, writeFileSync } from 'node:fs';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { lint } from '../../src/certificate/lint.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { buildPayload } from '../../src/upload/payload.ts';
// Loaded late by the product; here it is not part of what is measured.
import '../../src/certificate/pkcs12/read-pfx.ts';
import '../../src/certificate/pkcs12/write-pfx.ts';

const bytes = readFileSync(0);
resetPeak();
const before = memory('VmRSS');
const started = process.cpuUsage();
const outcome = await processInput().catch((error: unknown) => {
  if (error instanceof ActionError) return error.message;
  throw error;
});
const { user, system } = process.cpuUsage(started);
const peak = memory('VmHWM');
console.log(JSON.stringify({ outcome, seconds: (user + system) / 1e6, peak, growth: peak - before }));

async function processInput(): Promise<string> {
  const input = await readCertificateInput(bytes, process.argv[2] ?? '', true);
  lint(input.leaf, { warningDays: 30, failureDays: 0 }, new Date('2027-01-01T00:00:00Z'));
  const { payload } = await buildPayload(input, 'auto');
  return `${input.format} is uploaded as ${payload.kind}`;
}

/** Makes the kernel forget the peak so far, where it can. */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak is that of the whole process.
  }
}

/** Mebibytes, or what Node knows where there is no /proc. */
function memory(name: 'VmRSS' | 'VmHWM'): number {
  try {
    const [, kibibytes] =
      new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kibibytes) / 1024;
  } catch {
    return (name === 'VmRSS' ? process.memoryUsage.rss() : process.resourceUsage().maxRSS * 1024) / 1024 ** 2;
  }
}
