import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeClaims, describeCommand, readClaims } from '../../src/entra/oidc-claims.ts';
import { parseJson } from '../../src/shared/json.ts';

const token = (claims: unknown): string =>
  ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'signature'].join('.');

test.each([
  ['nothing', ''],
  ['no token', 'hello'],
  ['a payload that is no JSON', 'e30.AAAA.x'],
  ['a payload that is no object', token([])],
  ['a token without a subject', token({ iss: 'i', aud: 'a' })],
  ['a token for several audiences', token({ iss: 'i', sub: 's', aud: ['a', 'b'] })],
])('%s has no claims to show', (_, assertion) => {
  expect(readClaims(assertion)).toBeUndefined();
});

test('claims are read from the payload', () => {
  expect(readClaims(token({ iss: 'i', sub: 's', aud: 'a', repository_id: '74' }))).toEqual({
    issuer: 'i',
    subject: 's',
    audience: 'a',
    repositoryId: '74',
  });
});

const APP = { tenantId: 'contoso.onmicrosoft.com', clientId: 'app' };

test('whatever the subject, the command is one line of printable ASCII with a single pair of single quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (subject) => {
      const command = describeCommand({ issuer: 'i', subject, audience: 'a' }, APP, 'public').at(-1) ?? '';
      const [, parameters, ...rest] = command.split("'");
      expect(rest).toEqual(['']);
      expect(command).toMatch(/^[ -~]+$/);
      expect(command).not.toMatch(/::|##/);
      expect(parseJson(parameters ?? '')).toMatchObject({ issuer: 'i', subject, audiences: ['a'] });
    }),
  );
});

test('a token without IDs still shows the format of its subject', () => {
  const subject = 'repo:contoso/identity:environment:prod';
  const lines = describeClaims({ issuer: 'i', subject, audience: 'a' }, 'public');
  expect(lines.some((line) => line.trim().startsWith('subject format with names;'))).toBe(true);
});
