import type { Reply } from '../http/client.ts';
import { AnswerFailure, readRetryAfter, type Verdict } from '../http/failure.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { MISSING, NOT_NOW, UNCLEAR } from './codes.ts';

/** What Graph said instead of an answer, whole. Its texts are untrusted. */
export class GraphError extends AnswerFailure {
  /** `AADB2C90073`, `InvalidAuthenticationToken` …; empty where the answer had none. */
  readonly code: string;
  /** The service's own words, or the beginning of whatever stood there instead. */
  readonly said: string;
  /** Names and values that a support ticket needs. */
  readonly ids: readonly [string, string][];
  /** The answer is no JSON: it is a page of something on the way. */
  readonly foreign: boolean;

  constructor(reply: Reply) {
    const { code, said, ids, foreign } = readEnvelope(reply);
    super([`HTTP ${reply.status}`, code].filter(Boolean).join(' '), {
      status: reply.status,
      retryAfter: readRetryAfter(reply.header('Retry-After'), Date.now()),
      verdict: verdictOf(code, reply.status),
    });
    this.name = 'GraphError';
    this.code = code;
    this.said = said;
    this.ids = ids;
    this.foreign = foreign;
  }

  /** The keyset does not exist. The code decides: under 400 as well as under 404 it was seen to mean this. */
  get isMissing(): boolean {
    return (this.status === 400 || this.status === 404) && MISSING.has(this.code);
  }
}

/** What the code knows better than the status; that the app may not do it is never in doubt. */
function verdictOf(code: string, status: number): Verdict | undefined {
  if (NOT_NOW.has(code)) return 'not now';
  return UNCLEAR.has(code) && status !== 401 && status !== 403 ? 'unclear' : undefined;
}

/**
 * Reads an error in any of the shapes that were seen: OData's envelope, the backend's own (`message`, `messageDetail`), a
 * proxy's HTML page, nothing at all.
 */
function readEnvelope(reply: Reply): Pick<GraphError, 'code' | 'said' | 'ids' | 'foreign'> {
  const body = parseJson(reply.body);
  const whole = isRecord(body) ? body : {};
  const error = isRecord(whole.error) ? whole.error : whole;
  const inner = isRecord(error.innerError) ? error.innerError : {};
  const texts = [readText(error.message), readText(error.messageDetail)].filter((text) => text !== undefined);
  const code = readText(error.code) ?? '';
  const known = code !== '' || texts.length > 0;
  const ids = ['request-id', 'client-request-id', 'correlationId', 'date'].flatMap((name): [string, string][] => {
    const value = readText(inner[name]) ?? reply.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  const foreign = body === undefined && reply.body.trim() !== '';
  return { code, said: known ? texts.join(' ') : reply.body.trim(), ids, foreign };
}
