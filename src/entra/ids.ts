import { ActionError } from '../shared/action-error.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** RFC 1035 labels, at least two. */
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i;

/**
 * A tenant as Entra's token endpoint takes it: its GUID, or one of its domains.
 *
 * @throws ActionError for anything else, the sign-in host of B2C and Entra's shared endpoints among it
 */
export function parseTenantId(text: string): string {
  const [, name] = /^(?:https?:\/\/)?([a-z0-9-]+)\.b2clogin\.(?:com|cn)\b/i.exec(text) ?? [];
  if (name !== undefined) {
    throw new ActionError(
      `it is the host where users sign in; give the tenant's GUID or ${name}.onmicrosoft.com (in China ${name}.partner.onmschina.cn)`,
      { anchor: 'input' },
    );
  }
  if (GUID.test(text) || DOMAIN.test(text)) return text;
  throw new ActionError(`it is neither a GUID nor a domain such as contoso.onmicrosoft.com; got ${shown(text)}`, {
    anchor: 'input',
  });
}

/**
 * The application (client) id of an app registration.
 *
 * @throws ActionError when it is no GUID
 */
export function parseClientId(text: string): string {
  if (GUID.test(text)) return text;
  throw new ActionError(
    `it is not a GUID; expected the "Application (client) ID" of the app registration, got ${shown(text)}`,
    { anchor: 'input' },
  );
}

/** What came, unless it can be a client secret that was put into the wrong input: those hold a tilde. */
const shown = (text: string): string =>
  /^[\w.:/-]{1,100}$/.test(text) ? JSON.stringify(text) : `${text.length} characters`;
