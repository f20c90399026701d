import { expect, test } from '@jest/globals';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { signIn } from '../../src/entra/sign-in.ts';
import { createHttpClient } from '../../src/http/client.ts';

test('what the library refuses before it sends anything comes back as its own error, at once', async () => {
  const client = createHttpClient(new AbortController().signal, (line) => {
    throw new Error(`nothing should be sent: ${line}`);
  });
  const app = { tenantId: 'contoso.onmicrosoft.com', clientId: '4a771c9a-1cf2-4609-b88e-3d3e02d539cd' };
  const attempts: string[] = [];
  const assertion = (): Promise<string> => Promise.resolve(attempts.push('asked') > 0 ? '' : 'never');
  await expect(signIn(app, { assertion }, CLOUDS.public, client)).rejects.toThrow('invalid_assertion');
  expect(attempts).toHaveLength(1);
});
