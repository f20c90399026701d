import { randomUUID } from 'node:crypto';
import { json, type Reply, type Request } from './request-log.ts';

const NO_MATCH = 'No matching federated identity record found for presented assertion';
const CHECK =
  'Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. ' +
  'https://learn.microsoft.com/entra/workload-id/workload-identity-federation';
const UNINSTALLED =
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any ' +
  'user in the tenant. You may have sent your authentication request to the wrong tenant.';

/** Entra ID's message for each code; `{x}` is filled in. See "Microsoft Entra authentication and authorization error codes". */
const MESSAGES: Readonly<Record<number, string>> = {
  50027: 'JWT token is invalid or malformed.',
  50059: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
  53003: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  70003: "The app requested an unsupported grant type '{grant}'.",
  70021: `${NO_MATCH}. ${CHECK}`,
  90002:
    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  90033: 'A transient error has occurred. Please try again.',
  90038: "Tenant '{tenant}' request is being redirected to the National Cloud.",
  90055: 'There are too many incoming requests. Please try again later.',
  500011: `The resource principal named {scope} was not found in the tenant named {tenant}. ${UNINSTALLED}`,
  501661: 'Request to External OIDC endpoint failed.',
  700016: `Application with identifier '{client}' was not found in the directory '{tenant}'. ${UNINSTALLED}`,
  700024:
    'Client assertion is not within its valid time range. Current time: {now}, assertion valid from {nbf}, expiry time of assertion {exp}.',
  700027: 'Client assertion failed signature validation.',
  700211: `${NO_MATCH} issuer '{issuer}'. ${CHECK}`,
  700212: `${NO_MATCH} audience '{audience}'. ${CHECK}`,
  700213: `${NO_MATCH} subject '{subject}'. ${CHECK}`,
  900023: "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
  900144: "The request body must contain the following parameter: '{parameter}'.",
  900382: "Confidential Client isn't supported in Cross Cloud request.",
  7000215:
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'.",
  7000218: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  7002138: `${NO_MATCH} subject '{subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ${CHECK}`,
};

/** Status and OAuth error (RFC 6749, 5.2) for the codes that are not `invalid_client` under 401. */
const KINDS: Readonly<Record<number, readonly [number, string]>> = {
  50027: [400, 'invalid_request'],
  50059: [400, 'invalid_request'],
  53003: [400, 'invalid_grant'],
  70003: [400, 'unsupported_grant_type'],
  90002: [400, 'invalid_request'],
  90033: [503, 'temporarily_unavailable'],
  90038: [400, 'invalid_request'],
  90055: [429, 'temporarily_unavailable'],
  500011: [400, 'invalid_resource'],
  700016: [400, 'unauthorized_client'],
  900023: [400, 'invalid_request'],
  900144: [400, 'invalid_request'],
  900382: [400, 'invalid_client'],
};

/** What Entra ID rejects a sign-in with: the number after AADSTS, and the values for the placeholders of its message. */
export class SignInError extends Error {
  readonly code: number;
  readonly values: Record<string, string>;

  constructor(code: number, values: Record<string, string> = {}) {
    super(`AADSTS${code}`);
    this.code = code;
    this.values = values;
  }
}

/** Entra ID's response for a code, known or not. */
export function aadstsError(request: Request, { code, values }: SignInError): Reply {
  const [status, error] = KINDS[code] ?? [401, 'invalid_client'];
  const template = MESSAGES[code] ?? 'The request was refused.';
  const message = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  return entraError(request, status, error, `AADSTS${code}: ${message}`, [code]);
}

/** A description in Entra ID's error envelope. */
export function entraError(
  request: Request,
  status: number,
  error: string,
  description: string,
  codes: readonly number[] = [],
): Reply {
  const trace = randomUUID();
  const correlation = request.headers['client-request-id'] ?? randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const body = {
    error,
    error_description: `${description} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: codes,
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://${request.host}/error?code=${codes[0] ?? ''}`,
  };
  return json(status, body, { 'cache-control': 'no-store, no-cache', 'x-ms-request-id': trace });
}
