import { expect, test } from '@jest/globals';
import { parseClientId, parseTenantId } from '../../src/entra/ids.ts';

const GUID = '4A771C9A-1cf2-4609-b88e-3d3e02d539cd';

test.each([GUID, 'contoso.onmicrosoft.com', 'contoso.partner.onmschina.cn', 'login.contoso-group.co.uk'])(
  'the tenant %s is accepted as it is',
  (text) => {
    expect(parseTenantId(text)).toBe(text);
  },
);

test.each(['contoso.b2clogin.com', 'https://contoso.b2clogin.com/tfp', 'contoso.b2clogin.cn'])(
  'for %s, the user sign-in host, it says which name to use',
  (text) => {
    expect(() => parseTenantId(text)).toThrow('contoso.onmicrosoft.com (in China contoso.partner.onmschina.cn)');
  },
);

test.each(['common', 'organizations', 'consumers', 'contoso', `{${GUID}}`, 'a b.com', '-a.com', 'a..com', 'a.com/x'])(
  'the tenant %s is refused',
  (text) => {
    expect(() => parseTenantId(text)).toThrow('expected a GUID or a domain');
  },
);

test('a client id is a GUID and nothing else', () => {
  expect(parseClientId(GUID)).toBe(GUID);
  expect(() => parseClientId('my-app')).toThrow('got "my-app"');
});
