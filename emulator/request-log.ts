/** What a request asks for, as the faults name it. */
export type Step =
  'oidc' | 'token' | 'keyset' | 'active' | 'list' | 'create' | 'upload' | 'enable' | 'keys-v2' | 'delete' | 'other';

export const STEPS: readonly Step[] = [
  'oidc',
  'token',
  'keyset',
  'active',
  'list',
  'create',
  'upload',
  'enable',
  'keys-v2',
  'delete',
  'other',
];

/** One request that arrived, and what became of it. */
export interface RecordedRequest {
  /** Milliseconds since the emulator started. */
  at: number;
  host: string;
  method: string;
  /** Path and query, as they stood in the request line. */
  path: string;
  step: Step;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** Requests with the same number came over the same connection. */
  connection: number;
  /** Absent as long as nothing was answered, and for good where a fault kept the answer back. */
  status?: number;
  /** The kind of the fault that struck. */
  fault?: string;
}

/** The question alone: what a service is allowed to see of an recorded. */
export type Request = Readonly<Omit<RecordedRequest, 'status' | 'fault'>>;

/** An answer. The body is complete; its length is counted when it is sent. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One of the emulated services. */
export interface Service {
  serves(host: string): boolean;
  step(method: string, path: string): Step;
  answer(request: Request): Reply | Promise<Reply>;
  /** An error in the service's own envelope, with a code and a message from outside. */
  refuse(request: Request, status: number, code: string, message: string): Reply;
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** The path of a request without its query, and the query. The host plays no part. */
export function target(path: string): { pathname: string; query: URLSearchParams } {
  const [pathname = '', query = ''] = path.split(/\?(.*)/s);
  return { pathname, query: new URLSearchParams(query) };
}

/** `text` as a JSON object, `{}` where it is none. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whether `value` is an object with members, as opposed to an array, a string, null and the like. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
