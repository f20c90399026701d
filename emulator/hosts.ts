/** The clouds that a tenant can be in, as Microsoft lists them under "national cloud deployments". */
export type Cloud = 'public' | 'usgov' | 'usgov-dod' | 'china';

interface Addresses {
  /** Hosts of the sign-in service: its preferred name first, then its aliases, as its instance discovery lists them. */
  authorities: readonly [string, ...string[]];
  graph: string;
  /** The audience that a federated credential of this cloud asks for. */
  audience: string;
  /** What the names of its tenants end in. */
  suffix: string;
}

export const CLOUDS: Readonly<Record<Cloud, Addresses>> = {
  public: {
    authorities: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    graph: 'graph.microsoft.com',
    audience: 'api://AzureADTokenExchange',
    suffix: 'onmicrosoft.com',
  },
  usgov: {
    authorities: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    graph: 'graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    suffix: 'onmicrosoft.us',
  },
  'usgov-dod': {
    authorities: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    graph: 'dod-graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    suffix: 'onmicrosoft.us',
  },
  china: {
    authorities: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    graph: 'microsoftgraph.chinacloudapi.cn',
    audience: 'api://AzureADTokenExchangeChina',
    suffix: 'partner.onmschina.cn',
  },
};

const all = Object.values(CLOUDS);

/** Every sign-in host of every cloud: a client that asks the wrong one gets Entra ID's error, not silence. */
export const AUTHORITY_HOSTS: ReadonlySet<string> = new Set(all.flatMap((cloud) => cloud.authorities));

/** Every Graph host of every cloud. */
export const GRAPH_HOSTS: ReadonlySet<string> = new Set(all.map((cloud) => cloud.graph));

/** Azure Resource Manager, which the Azure CLI asks for subscriptions when it signs in. */
export const MANAGEMENT_HOST = 'management.azure.com';

/** The app ID of Graph, by which a client may ask for a token in the place of its address. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';

/**
 * What a token is asked for by a scope, in any of the spellings that Microsoft's clients send: with one slash before `.default`
 * or with two, and Graph by its app ID.
 *
 * @returns the host that will accept the token; undefined for any other resource
 */
export function resourceHost(scope: string, cloud: Cloud): string | undefined {
  const [, resource] = /^(.+?)\/{1,2}\.default$/.exec(scope) ?? [];
  const { graph } = CLOUDS[cloud];
  if (resource === `https://${graph}` || resource === GRAPH_APP_ID) return graph;
  const isManagement = resource === `https://${MANAGEMENT_HOST}` || resource === 'https://management.core.windows.net';
  return isManagement && cloud === 'public' ? MANAGEMENT_HOST : undefined;
}
