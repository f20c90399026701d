import { expect, test } from '@jest/globals';
import { ERROR_GUIDANCE } from '../../src/graph/error-codes.ts';
import { GraphError } from '../../src/graph/graph-error.ts';
import { throwExplained } from '../../src/http/guidance.ts';
import { ActionError } from '../../src/shared/action-error.ts';

const INNER = {
  correlationId: 'e3062914-8c45-4904-a81d-7a8dc518323d',
  date: '2022-06-07T05:34:40',
  'request-id': 'fc0244a4-d8d7-4a3d-9f12-b81291542503',
  'client-request-id': '0c0244a4-d8d7-4a3d-9f12-b81291542503',
};
const IDS = [
  `request-id: ${INNER['request-id']}`,
  `client-request-id: ${INNER['client-request-id']}`,
  `correlationId: ${INNER.correlationId}`,
  `date: ${INNER.date}`,
];

const odata = (code: string, message: string): string =>
  JSON.stringify({ error: { code, message, innerError: INNER } });

function response(status: number, body: string, headers: Record<string, string> = {}): GraphError {
  return new GraphError({ status, body, header: (name) => headers[name] });
}

function explain(error: GraphError): ActionError {
  try {
    throwExplained('Reading the keyset B2C_1A_Signing', error);
  } catch (explained) {
    if (explained instanceof ActionError) return explained;
    throw explained;
  }
}

test.each([
  {
    name: 'OData with the ids of B2C',
    error: response(403, odata('AADB2C', 'The application does not have any of the required application permissions.')),
    message: 'HTTP 403 AADB2C. Response: The application does not have any of the required application permissions.',
    anchor: 'http-403',
    details: IDS,
  },
  {
    name: 'OData with an empty message',
    error: response(500, odata('UnknownError', '')),
    message: 'HTTP 500 UnknownError. No further details.',
    anchor: 'http-5xx',
    details: IDS,
  },
  {
    name: 'the backend’s own, with a message and its detail',
    error: response(404, JSON.stringify({ message: 'No HTTP resource was found.', messageDetail: 'No action.' })),
    message: 'HTTP 404. Response: No HTTP resource was found. No action.',
    anchor: 'http-404',
    details: [],
  },
  {
    name: 'a bare message',
    error: response(400, JSON.stringify({ message: 'Bad.' }), {
      'request-id': 'r',
      date: 'Mon, 23 Nov 2026 16:00:00 GMT',
    }),
    message: 'HTTP 400. Response: Bad.',
    anchor: 'unknown-error',
    details: ['request-id: r', 'date: Mon, 23 Nov 2026 16:00:00 GMT'],
  },
  {
    name: 'JSON of a shape that nobody knows, whole',
    error: response(400, '{"fault":{"why":"odd"}}'),
    message: 'HTTP 400. Response: {"fault":{"why":"odd"}}',
    anchor: 'unknown-error',
    details: [],
  },
  {
    name: 'JSON that is no object',
    error: response(400, '[1]'),
    message: 'HTTP 400. Response: [1]',
    anchor: 'unknown-error',
    details: [],
  },
  {
    name: 'a code that nobody knows, whole',
    error: response(400, odata('AADB2C99999', 'Something new.')),
    message: 'HTTP 400 AADB2C99999. Response: Something new.',
    anchor: 'unknown-error',
    details: IDS,
  },
  {
    name: 'a name that every object has',
    error: response(400, odata('constructor', 'Something odd.')),
    message: 'HTTP 400 constructor. Response: Something odd.',
    anchor: 'unknown-error',
    details: IDS,
  },
  {
    name: 'HTML',
    error: response(403, '<html><title>Blocked</title></html>\n'),
    message: 'HTTP 403. Response: <html><title>Blocked</title></html>',
    anchor: 'intermediary-response',
    details: [],
  },
  {
    name: 'JSON that was cut',
    error: response(502, '{"error":{"code":"AADB2C9'),
    message: 'HTTP 502. Response: {"error":{"code":"AADB2C9',
    anchor: 'intermediary-response',
    details: [],
  },
  {
    name: 'nothing',
    error: response(503, ' \n'),
    message: 'HTTP 503. No further details.',
    anchor: 'http-5xx',
    details: [],
  },
])('an error in the shape of $name', ({ error, message, anchor, details }) => {
  const explained = explain(error);
  expect(explained.message).toBe(`Reading the keyset B2C_1A_Signing failed: ${message}`);
  expect(explained.remediation).toMatchObject({ anchor, details });
});

const CODES = Object.keys(ERROR_GUIDANCE).filter((key) => key.startsWith('AADB2C'));

test.each(CODES)('%s has a cause, a fix and a section of its own, whatever its status', (code) => {
  for (const status of [400, 404, 409, 500]) {
    expect(explain(response(status, odata(code, '…'))).remediation).toMatchObject({
      anchor: code.toLowerCase(),
      ...ERROR_GUIDANCE[code],
    });
  }
});

test.each([
  ['AADB2C95052', 'aadb2c90073'],
  ['AADB2C90130', 'aadb2c90073'],
  ['AADB2C90089', 'aadb2c95032'],
  ['AADB2C95025', 'aadb2c90213'],
  ['AADB2C95043', 'http-429'],
  ['AADB2C90229', 'http-429'],
  ['AADB2C90063', 'http-5xx'],
  ['AADB2C90035', 'http-5xx'],
  ['AADB2C90037', 'http-5xx'],
])('%s means the same as another: %s', (code, anchor) => {
  expect(explain(response(400, odata(code, '…'))).remediation).toMatchObject({ anchor, cause: expect.any(String) });
});

test('what is not about Graph comes back as it is', () => {
  const error = new RangeError('other');
  expect(() => throwExplained('Reading', error)).toThrow(error);
});
