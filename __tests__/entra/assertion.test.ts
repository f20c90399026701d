import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCredentialCommand, describeIssuer, describeSubject, readClaims } from '../../src/entra/assertion.ts';
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

test('whatever the subject, the command is one line of printable ASCII with a single pair of single quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (subject) => {
      const command = createCredentialCommand('app', { issuer: 'i', subject, audience: 'a' });
      const [, parameters, ...rest] = command.split("'");
      expect(rest).toEqual(['']);
      expect(command).toMatch(/^[ -~]+$/);
      expect(command).not.toMatch(/::|##/);
      expect(parseJson(parameters ?? '')).toMatchObject({ issuer: 'i', subject, audiences: ['a'] });
    }),
  );
});

test('an issuer that GitHub does not document is told as that', () => {
  expect(describeIssuer({ issuer: 'https://evil.example', subject: 's', audience: 'a' })).toMatch(/^none of/);
});

test('a token without ids still tells the form of its subject', () => {
  const subject = 'repo:contoso/identity:environment:prod';
  expect(describeSubject({ issuer: 'i', subject, audience: 'a' })[1]).toMatch(/^it is of the name form/);
});
