/**
 * The sign-in host and Graph host of each cloud, the default audience of its federated credentials, and its name for
 * `az cloud set --name`.
 *
 * @see https://learn.microsoft.com/graph/deployments hosts
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust audiences
 */
export const CLOUDS = {
  public: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    audience: 'api://AzureADTokenExchange',
    azureCli: 'AzureCloud',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    azureCli: 'AzureUSGovernment',
  },
  'usgov-dod': {
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    audience: 'api://AzureADTokenExchangeUSGov',
    azureCli: 'AzureUSGovernment',
  },
  china: {
    // Its older name, login.chinacloudapi.cn, leads here: the library sends the token to this host in any case.
    authority: 'https://login.partner.microsoftonline.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    audience: 'api://AzureADTokenExchangeChina',
    azureCli: 'AzureChinaCloud',
  },
} as const;

/** A value of the input `cloud`. */
export type CloudName = keyof typeof CLOUDS;

export type Cloud = (typeof CLOUDS)[CloudName];

/** The values of the input `cloud`. */
export const cloudNames = (): CloudName[] =>
  Object.keys(CLOUDS).filter((name): name is CloudName => Object.hasOwn(CLOUDS, name));

/** How an audience relates to the cloud that is signed in to: for people. */
export function describeAudience(audience: string, cloud: CloudName): string {
  const expected = CLOUDS[cloud].audience;
  if (audience === expected) return `the default of cloud: ${cloud}`;
  const other = cloudNames().find((name) => CLOUDS[name].audience === audience);
  return `${other ? `the default of cloud: ${other}` : 'custom'}, set by the input audience; the default of cloud: ${cloud} is ${expected}`;
}
