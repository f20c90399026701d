import type { HttpResponse } from '../http/client.ts';
import { HttpError, type Outcome, readRetryAfter } from '../http/errors.ts';
import { INTERMEDIARY_RESPONSE } from '../http/guidance.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { guidanceFor, meaningOf, NOT_FOUND, WRITE_CONFLICT } from './error-codes.ts';

/** Graph's error response. Its text is untrusted. */
export class GraphError extends HttpError {
  /** `AADB2C90073`, `InvalidAuthenticationToken` …; `''` where the response had none. */
  readonly code: string;

  constructor(response: HttpResponse) {
    const { code, serviceMessage, correlationIds, isFromIntermediary } = readErrorBody(response);
    super([`HTTP ${response.status}`, code].filter(Boolean).join(' '), {
      status: response.status,
      retryAfterMs: readRetryAfter(response.header('Retry-After'), Date.now()),
      outcome: outcomeOf(code, response.status),
      serviceMessage,
      correlationIds,
      remediation: isFromIntermediary ? INTERMEDIARY_RESPONSE : guidanceFor(code, response.status),
    });
    this.name = 'GraphError';
    this.code = code;
  }

  /** The keyset does not exist. The code decides: it was seen under 400 as well as under 404. */
  get isNotFound(): boolean {
    return (this.status === 400 || this.status === 404) && meaningOf(this.code) === NOT_FOUND;
  }
}

/** Where the code knows better than the status; a missing permission is never in doubt. */
function outcomeOf(code: string, status: number): Outcome | undefined {
  const meaning = meaningOf(code);
  if (status === 429 || meaning === '429' || meaning === WRITE_CONFLICT) return 'retryable';
  return meaning === '5xx' && status !== 401 && status !== 403 ? 'indeterminate' : undefined;
}

const ID_NAMES = ['request-id', 'client-request-id', 'correlationId', 'date'];

/** Reads an error in any format that was seen: OData, the backend's own (`message`, `messageDetail`), HTML, an empty body. */
function readErrorBody(response: HttpResponse) {
  const body = parseJson(response.body);
  const envelope = isRecord(body) ? body : {};
  const error = isRecord(envelope.error) ? envelope.error : envelope;
  const inner = isRecord(error.innerError) ? error.innerError : {};
  const messages = [readText(error.message), readText(error.messageDetail)].filter((text) => text !== undefined);
  const code = readText(error.code) ?? '';
  const isKnownFormat = code !== '' || messages.length > 0;
  return {
    code,
    serviceMessage: isKnownFormat ? messages.join(' ') : response.body.trim(),
    correlationIds: ID_NAMES.map((name) => [name, readText(inner[name]) ?? response.header(name)] as const),
    /** The body is no JSON: a proxy or gateway responded instead. */
    isFromIntermediary: body === undefined && response.body.trim() !== '',
  };
}
