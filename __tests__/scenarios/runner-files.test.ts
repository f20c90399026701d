import { expect, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

/** A file that can be opened and never written (Linux), one that is missing, and one that is a folder. */
const UNWRITABLE: [what: string, path: string, code: string][] = [
  ['on a full disk', '/dev/full', 'ENOSPC'],
  ['that is missing', '/nowhere/output', 'missing file'],
  ['that is a folder', '/', 'EISDIR'],
];

test.concurrent.each(UNWRITABLE)('outputs in a file %s: what was uploaded is in the log', async (_, OUTPUT, code) => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const { result, log, annotations, outputs } = await run({}, { github: { OUTPUT } });
    expect([result, outputs]).toEqual(['failure', {}]);
    expect(keyset.keys).toHaveLength(1);
    const [{ kid } = { kid: '' }] = keyset.keys;
    expect(log).toContain(kid);
    expect(log).toContain('2046-11-18T16:13:07Z');
    const [error] = annotations.filter(({ level }) => level === 'error');
    expect(error?.message.split('\n')).toEqual([
      `The outputs of the step could not be written (${code})`,
      'Cause: The file set in GITHUB_OUTPUT is missing, or the disk of the runner is full.',
      'Fix: Free disk space on the runner and run again. The result is in the log above.',
      'Changed: the certificate.',
      expect.stringMatching(/^More: .*#outputs$/),
    ]);
    // Running again is what the error suggests.
    const again = await run();
    expect(again.outputs).toMatchObject({ outcome: 'already-present', kid });
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('outputs of the check that cannot be written leave its report in the log', async () => {
  await scenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { result, log } = await check({}, { github: { OUTPUT: '/dev/full' } });
    expect(result).toBe('failure');
    expect(log).toContain('The outputs of the step could not be written (ENOSPC)');
    expect(log).toContain('B2C_1A_Signing');
    expect(log).not.toContain('Please report');
  });
});

test.concurrent.each(UNWRITABLE)('a job summary %s is a notice', async (_, STEP_SUMMARY) => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { result, outputs, annotations } = await run({}, { github: { STEP_SUMMARY } });
    expect([result, outputs.outcome]).toEqual(['success', 'uploaded']);
    expect(annotations).toEqual([
      {
        level: 'notice',
        title: 'b2c-upload-cert',
        message: expect.stringMatching(/^The job summary could not be written \((ENOSPC|EISDIR|missing file)\)\.$/),
      },
    ]);
  });
});
