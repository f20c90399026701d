import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '../harness/package.ts';

const SCENES = [
  '1. Dry run: what would an upload of the renewed certificate do?',
  '2. Upload',
  '3. The same again: nothing is uploaded twice',
  '4. A rejected sign-in: the job lacks `environment: b2c-production`, which the federated credential names',
  '5. check: every keyset of the tenant',
];

/** `npm run demo`, into a pipe. */
function demo(...options: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/demo.ts'), ...options], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: undefined },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

test('the demo shows five short scenes as plain text, and where to go next', () => {
  const output = demo();
  const [, ...scenes] = output.trim().split(/\n\n/);
  const next = scenes.pop();

  expect(scenes.map((scene) => scene.split('\n')[0])).toEqual(SCENES);
  for (const scene of scenes) {
    const { length } = scene.split('\n').slice(1);
    expect(length).toBeGreaterThanOrEqual(3);
    expect(length).toBeLessThanOrEqual(8);
  }
  expect(output).not.toContain('\u001b');
  expect(scenes[1]).toContain('Certificate uploaded: B2C_1A_TokenSigning');
  expect(scenes[3]).toContain('AADSTS700213');
  expect(next).toMatch(/^Next: docs\/setup\.md .*npm run demo -- --verbose\.$/);
});

test('with --verbose the demo shows whole logs, outputs and job summaries', () => {
  const output = demo('--verbose');
  expect(output).toContain('certificate-pem: -----BEGIN CERTIFICATE-----');
  expect(output).toContain('More: https://github.com/');
  expect(output).toMatch(/Job summary:[^]*\| Key \(kid\)/);
});
