// Reads certificates, given as a JSON array of base64 on standard input, in a process of its own, and prints as JSON how it
// went: what came of each, and the milliseconds of processor time; at the end the KiB by which the process grew.
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import '../../src/certificate/pkcs12/read-pfx.ts';

const given: unknown = JSON.parse(readFileSync(0, 'utf8'));
const inputs = (Array.isArray(given) ? given : []).map((text) => Buffer.from(String(text), 'base64'));
const before = process.resourceUsage().maxRSS;
const results = [];
for (const bytes of inputs) {
  // What the one before left behind is not this one's.
  globalThis.gc?.();
  await setImmediate();
  const started = process.cpuUsage();
  const outcome = await readCertificateInput(bytes, process.argv[2] ?? '', true).then(
    ({ form }) => form,
    (error: unknown) => (error instanceof ActionError ? error.message : `CRASH ${String(error)}`),
  );
  const { user, system } = process.cpuUsage(started);
  results.push({ outcome, milliseconds: (user + system) / 1000 });
}
console.log(JSON.stringify({ results, kibibytes: process.resourceUsage().maxRSS - before }));
