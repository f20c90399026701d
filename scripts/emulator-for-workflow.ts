// Starts the emulator in the background of a workflow's job, and sets the environment that leads the next steps to it. On a runner
// it ends with the job; elsewhere the output `pid` is the process to end.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const child = spawn(process.execPath, [join(import.meta.dirname, '../emulator/main.ts'), '--port', '0'], {
  detached: true,
  stdio: ['ignore', 'pipe', 'pipe'],
});
child.stderr.pipe(process.stderr);
let printed = '';
for await (const piece of child.stdout.setEncoding('utf8')) {
  printed += String(piece);
  if (printed.includes('\n#')) break;
}
const variables = Object.fromEntries(
  Array.from(printed.matchAll(/^export (\w+)='(.*)'$/gm), ([, name = '', value = '']) => [name, value]),
);
const { B2C_TENANT_ID, B2C_CLIENT_ID, ...environment } = variables;
if (B2C_TENANT_ID === undefined) throw new Error('The emulator did not start.');

write('GITHUB_ENV', environment);
write('GITHUB_OUTPUT', { 'tenant-id': B2C_TENANT_ID, 'client-id': B2C_CLIENT_ID, pid: child.pid });
// The runner waits for the end of this step's output, which must not be the emulator's.
child.stdout.destroy();
child.stderr.destroy();
child.unref();

function write(file: 'GITHUB_ENV' | 'GITHUB_OUTPUT', values: object): void {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${String(value)}\n`);
  appendFileSync(process.env[file] ?? '', lines.join(''));
}
