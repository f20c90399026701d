/** The clouds a tenant can live in, as Microsoft lists them under "national cloud deployments". */
export type Cloud = 'public' | 'usgov' | 'usgov-dod' | 'china';

interface Addresses {
  /** Hosts of the sign-in service. China answers to its old and to its new name. */
  authorities: readonly string[];
  graph: string;
  /** The audience that a federated credential of this cloud asks for. */
  audience: string;
  /** What the names of its tenants end in. */
  suffix: string;
}

export const CLOUDS: Readonly<Record<Cloud, Addresses>> = {
  public: {
    authorities: ['login.microsoftonline.com'],
    graph: 'graph.microsoft.com',
    audience: 'api://AzureADTokenExchange',
    suffix: 'onmicrosoft.com',
  },
  usgov: {
    authorities: ['login.microsoftonline.us'],
    graph: 'graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    suffix: 'onmicrosoft.us',
  },
  'usgov-dod': {
    authorities: ['login.microsoftonline.us'],
    graph: 'dod-graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    suffix: 'onmicrosoft.us',
  },
  china: {
    authorities: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    graph: 'microsoftgraph.chinacloudapi.cn',
    audience: 'api://AzureADTokenExchangeChina',
    suffix: 'partner.onmschina.cn',
  },
};

const all = Object.values(CLOUDS);

/** Every sign-in host of every cloud: a client that goes to the wrong one gets Entra ID's answer, not silence. */
export const AUTHORITY_HOSTS: ReadonlySet<string> = new Set(all.flatMap((cloud) => cloud.authorities));

/** Every Graph host of every cloud. */
export const GRAPH_HOSTS: ReadonlySet<string> = new Set(all.map((cloud) => cloud.graph));
