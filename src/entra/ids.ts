import { ActionError } from '../shared/action-error.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** RFC 1035 labels, at least two. */
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i;

/**
 * A tenant as Entra ID's token endpoint accepts it: its GUID, or one of its domains.
 *
 * @throws ActionError for anything else, the sign-in host of B2C and the shared endpoints of Entra ID included
 */
export function parseTenantId(text: string): string {
  const [, name] = /^(?:https?:\/\/)?([a-z0-9-]+)\.b2clogin\.(?:com|cn)\b/i.exec(text) ?? [];
  if (name !== undefined) {
    throw new ActionError(
      `this is the user sign-in host; use the tenant's GUID or ${name}.onmicrosoft.com (in China ${name}.partner.onmschina.cn)`,
      { anchor: 'input' },
    );
  }
  if (GUID.test(text) || DOMAIN.test(text)) return text;
  throw new ActionError(`expected a GUID or a domain such as contoso.onmicrosoft.com, got ${printable(text)}`, {
    anchor: 'input',
  });
}

/**
 * The application (client) ID of an app registration.
 *
 * @throws ActionError when it is no GUID
 */
export function parseClientId(text: string): string {
  if (GUID.test(text)) return text;
  throw new ActionError(
    `expected the "Application (client) ID" of the app registration, a GUID, got ${printable(text)}`,
    { anchor: 'input' },
  );
}

/** The value, unless it may be a client secret in the wrong input: those contain a tilde. */
const printable = (text: string): string =>
  /^[\w.:/-]{1,100}$/.test(text) ? JSON.stringify(text) : `${text.length} characters`;
