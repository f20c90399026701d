import { expect, test } from '@jest/globals';
import { RestError } from '@azure/core-rest-pipeline';
import fc from 'fast-check';
import {
  HttpError,
  type NetworkErrorKind,
  type Outcome,
  readRetryAfter,
  toNetworkError,
} from '../../src/http/errors.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const HOST = 'graph.microsoft.com';

test.each<[string | undefined, number | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['0', 0],
  ['12', 12_000],
  [' 12 ', 12_000],
  ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
])('Retry-After: %s', (header, wait) => {
  expect(readRetryAfter(header, NOW)).toBe(wait);
});

test('Retry-After, seconds or a date, is never negative and never off by a second', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seconds) => {
      expect(readRetryAfter(String(seconds), NOW)).toBe(seconds * 1000);
      expect(readRetryAfter(new Date(NOW + seconds * 1000).toUTCString(), NOW)).toBe(seconds * 1000);
      expect(readRetryAfter(new Date(NOW - seconds * 1000).toUTCString(), NOW)).toBe(0);
    }),
  );
});

test('whatever stands in the header, the wait is nothing or a whole wait', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const wait = readRetryAfter(header, NOW);
      expect(wait === undefined || wait >= 0).toBe(true);
    }),
  );
});

test.each<[code: string, message: string, kind: NetworkErrorKind, outcome: Outcome]>([
  ['ENOTFOUND', `getaddrinfo ENOTFOUND ${HOST}`, 'dns', 'retryable'],
  ['EAI_AGAIN', `getaddrinfo EAI_AGAIN ${HOST}`, 'dns', 'retryable'],
  ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1', 'refused', 'retryable'],
  ['ECONNREFUSED', '', 'refused', 'retryable'],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443', 'refused', 'retryable'],
  ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:443', 'refused', 'retryable'],
  ['ETIMEDOUT', '', 'refused', 'retryable'],
  // The same codes on a connection that stood: by then the request was on its way.
  ['EHOSTUNREACH', 'read EHOSTUNREACH', 'reset', 'indeterminate'],
  ['ENETUNREACH', 'write ENETUNREACH', 'reset', 'indeterminate'],
  ['ETIMEDOUT', 'read ETIMEDOUT', 'reset', 'indeterminate'],
  [
    'ERR_PROXY_TUNNEL',
    `Failed to establish tunnel to ${HOST}:443 via http://u:p@proxy:1: HTTP/1.1 407 No`,
    'proxy',
    'rejected',
  ],
  ['ERR_PROXY_TUNNEL', 'Connection to establish proxy tunnel ended unexpectedly', 'proxy', 'retryable'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'tls', 'retryable'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'certificate-time', 'rejected'],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid', 'certificate-time', 'rejected'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', 'tls', 'retryable'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname/IP does not match', 'tls', 'retryable'],
  ['EPROTO', 'write EPROTO 40:error:0A00010B:SSL routines::wrong version number', 'tls', 'indeterminate'],
  [
    'ECONNRESET',
    'Client network socket disconnected before secure TLS connection was established',
    'reset',
    'retryable',
  ],
  ['ECONNRESET', 'read ECONNRESET', 'reset', 'indeterminate'],
  ['EPIPE', 'write EPIPE', 'reset', 'indeterminate'],
  ['PARSE_ERROR', 'Error reading response as text: aborted', 'reset', 'indeterminate'],
  ['', 'something new', 'reset', 'indeterminate'],
])('%s "%s" is %s', (code, message, kind, outcome) => {
  const failure = toNetworkError(new RestError(message, code === '' ? {} : { code }), HOST);
  expect(failure).toMatchObject({ kind, outcome });
  expect(failure.message).toContain(HOST);
  expect(failure.message).toContain(HOST);
  expect(failure.message).not.toContain('u:p');
});

test('what is no error of the transport counts as broken on the way', () => {
  for (const thrown of [new Error('Body is unusable'), 'a text', undefined]) {
    expect(toNetworkError(thrown, HOST)).toMatchObject({ kind: 'reset', outcome: 'indeterminate' });
  }
});

test("a proxy's status is told, its address is not", () => {
  const error = new RestError('Failed via http://u:p@proxy:1: HTTP/1.1 407 Proxy Authentication Required', {
    code: 'ERR_PROXY_TUNNEL',
  });
  expect(toNetworkError(error, HOST).message).toBe(`the proxy did not open a tunnel (${HOST}, HTTP 407)`);
});

test.each(['ENOTFOUND', 'ECONNREFUSED'])('%s is about the proxy where there is one', (code) => {
  const error = toNetworkError(new RestError(`${code} 10.0.0.1:8080`, { code }), HOST, 'proxy.example:8080');
  expect(error).toMatchObject({ kind: 'proxy-unreachable', outcome: 'retryable' });
  expect(error.message).toBe(`the proxy cannot be reached (proxy.example:8080, ${code})`);
});

test('what a service echoes of a request is left out, however it was cut', () => {
  const echo = Buffer.alloc(90, 7).toString('base64');
  const error = new HttpError(`HTTP 400 ${echo}`, {
    status: 400,
    serviceMessage: `You sent ${echo}.`,
    correlationIds: [
      ['request-id', echo],
      ['date', undefined],
    ],
    remediation: { anchor: 'any' },
  });
  expect(error.message).toBe('HTTP 400 [120 characters omitted]');
  expect(error.serviceMessage).toBe('You sent [120 characters omitted].');
  expect(error.correlationIds).toEqual(['request-id: [120 characters omitted]']);
});

const serviceMessage = (text: string): string =>
  new HttpError('HTTP 400', { status: 400, serviceMessage: text, remediation: { anchor: 'any' } }).serviceMessage;

test.each([
  ['of 64 characters', 64, '\n'],
  ['of 76 characters', 76, '\r\n'],
  ['whose ends are escaped', 64, String.raw`\r\n`],
])('an echo in lines %s is left out, but for the rest in the last one', (_, length, end) => {
  const echo = Buffer.alloc(300, 7).toString('base64');
  const lines = echo.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
  const shown = serviceMessage(`You sent ${lines.join(end)}.`);
  expect(shown.match(/characters omitted/g)).toHaveLength(Math.floor(echo.length / length));
  expect(shown).not.toMatch(/[\w+/=-]{60,}/);
});

test.each([
  "No HTTP resource was found that matches the request URI 'https://cpim.windows.net/graph/trustFramework/keySets/B2C_1A_Signing'.",
  'Thumbprints: ECEA50A7EE3F190844559126D1D2241FE651040EDB3D05250E0A9BAF24933E37 27913BC1DFF1772DB38927910A4C2C79D61A3F20',
])('what a service reports stays: %s', (text) => {
  expect(serviceMessage(text)).toBe(text);
});

test.each([
  ['one word', 'a'.repeat(20_000_000), '[100000 characters omitted]'],
  ['short words', `${'a'.repeat(59)} `.repeat(300_000), expect.stringMatching(/^(a{59} )+a+$/)],
])('an error of 20 MB that is %s is a text like any other', (_, text, expected) => {
  expect(serviceMessage(text)).toEqual(expected);
});
