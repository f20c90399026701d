import { expect, test } from '@jest/globals';
import { fixture } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const LINE = /^##\[debug\](GET|POST) [a-z0-9.-]+\/\S*: (HTTP \d{3}( [0-9a-f-]{36}){0,2}|[^:]+), \d+ ms$/;

test('with RUNNER_DEBUG each request and each retry is told, without headers and bodies', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'oidc', kind: 'status', status: 503 });
    emulator.faults.inject({ at: 'token', kind: 'aadsts', code: 90033 });
    emulator.faults.inject({ at: 'keyset', kind: 'reset' });
    const { result, log } = await run({}, { debug: true });
    expect(result).toBe('success');

    const debug = log.split('\n').filter((line) => line.startsWith('##[debug]'));
    const exchanges = debug.filter((line) => /^##\[debug\](GET|POST) /.test(line));
    for (const line of exchanges) expect(line).toMatch(LINE);
    expect(exchanges).toHaveLength(requests());
    expect(debug.filter((line) => line.includes('retrying in'))).toEqual([
      expect.stringMatching(/retrying in \d+ ms: HTTP 503$/),
      expect.stringMatching(/retrying in \d+ ms: HTTP 503 AADSTS90033$/),
      expect.stringMatching(/retrying in \d+ ms: connection reset \(graph\.microsoft\.com, ECONNRESET\)$/),
    ]);
    for (const { headers } of emulator.requestLog) {
      const id = headers['client-request-id'];
      if (id !== undefined && headers.authorization !== undefined) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    }
    const everything = debug.join('\n');
    expect(everything).toMatch(
      /graph\.microsoft\.com\/beta\/trustFramework\/keySets\/B2C_1A_Signing: HTTP 200 [0-9a-f-]{36} [0-9a-f-]{36}, /,
    );
    expect(everything).not.toMatch(/bearer|authorization|user-agent|client_assertion|audience=/i);
    expect(everything).not.toContain(fixture('signing.cer').toString('base64').slice(0, 40));
  });
});

test('without it none of that is told', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { log } = await run();
    expect(log).not.toMatch(/##\[debug\]|HTTP 200/);
  });
});
