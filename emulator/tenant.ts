import { randomBytes, randomUUID } from 'node:crypto';
import { CLOUDS, type Cloud } from './hosts.ts';
import type { Key } from './keys.ts';

export type Role = 'TrustFrameworkKeySet.ReadWrite.All' | 'TrustFrameworkKeySet.Read.All';

/** What an app trusts instead of a secret. All three have to match exactly. */
export interface FederatedCredential {
  issuer: string;
  subject: string;
  audience: string;
}

/** An app registration in the tenant, with admin consent for its app roles. */
export interface App {
  clientId: string;
  clientSecret?: string;
  roles: Role[];
  federatedCredentials: FederatedCredential[];
}

export interface Keyset {
  id: string;
  keys: Key[];
  /** Milliseconds since 1970, by the emulator's clock. */
  createdAt: number;
}

/** An Azure AD B2C tenant. Scenarios read and change it directly. */
export interface Tenant {
  id: string;
  domain: string;
  cloud: Cloud;
  apps: App[];
  keysets: Map<string, Keyset>;
}

/** GitHub's issuer, for repositories on github.com. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** An app that trusts the environment `b2c-production` of `contoso/identity` and may write keysets, unless `members` differ. */
export function createApp(cloud: Cloud, members: Partial<App> = {}): App {
  const subject = 'repo:contoso/identity:environment:b2c-production';
  return {
    clientId: randomUUID(),
    roles: ['TrustFrameworkKeySet.ReadWrite.All'],
    federatedCredentials: [{ issuer: GITHUB_ISSUER, subject, audience: CLOUDS[cloud].audience }],
    ...members,
  };
}

/** A tenant without keysets, in which `app` is registered. */
export function createTenant(cloud: Cloud, app: App, names: { id?: string; domain?: string } = {}): Tenant {
  return {
    id: names.id ?? randomUUID(),
    domain: names.domain ?? `contosob2c${randomBytes(3).toString('hex')}.${CLOUDS[cloud].suffix}`,
    cloud,
    apps: [app],
    keysets: new Map(),
  };
}
