/** What a request asks for; faults name it. */
export type Step =
  | 'oidc'
  | 'token'
  | 'keyset'
  | 'keys'
  | 'active'
  | 'list'
  | 'create'
  | 'upload'
  | 'enable'
  | 'keys-v2'
  | 'delete'
  | 'issues'
  | 'other';

/** A request that arrived, and its outcome. */
export interface RecordedRequest {
  /** Milliseconds since the emulator started. */
  at: number;
  host: string;
  method: string;
  /** Path and query, as they are in the request line. */
  path: string;
  step: Step;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** Requests with the same number came over the same connection. */
  connection: number;
  /** Absent until there is a response, and where a fault suppresses it. */
  status?: number;
  /** The kind of the fault that was applied. */
  fault?: string;
  /** How many blanks were sent behind the response until the client had it all, or disconnected. */
  blanks?: number;
}

/** The request itself: what a service sees of it. */
export type Request = Readonly<Omit<RecordedRequest, 'status' | 'fault' | 'blanks'>>;

/** A response. The body is complete; its length is computed when it is sent. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One of the emulated services. */
export interface Service {
  serves(host: string): boolean;
  step(method: string, path: string): Step;
  respond(request: Request): Reply | Promise<Reply>;
  /** An error in the service's own envelope, with a code and a message given from outside. */
  reject(request: Request, status: number, code: string, message: string): Reply;
}

/** A JSON response. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** The path of a request without its query, and the query. */
export function target(path: string): { pathname: string; query: URLSearchParams } {
  const [pathname = '', query = ''] = path.split(/\?(.*)/s);
  return { pathname, query: new URLSearchParams(query) };
}

/** The token after `Bearer` in a request's Authorization header. */
export function bearerToken(request: Request): string | undefined {
  return /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** `text` as a JSON object; undefined where it is something else. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` is an object with members, as opposed to an array, a string, null and the like. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
