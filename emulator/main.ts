import { parseArgs } from 'node:util';
import { CLOUDS, type Cloud } from './hosts.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from './index.ts';

const DEFAULT_PORT = '8877';

const HELP = `Emulates GitHub's OIDC issuer, Microsoft Entra ID and the keysets of Microsoft Graph, behind a proxy on loopback.
It prints the environment variables that lead curl, Node, Python and the Azure CLI to it.

Usage: npm run emulator -- [options]

  --port <n>              port of the proxy (${DEFAULT_PORT}; 0: any free one)
  --keyset <id>           a keyset that exists; may be repeated
  --cloud <name>          ${Object.keys(CLOUDS).join(', ')} (public)
  --tenant-id <guid>      the tenant's ID (random)
  --client-id <guid>      the app's ID (random)
  --client-secret <text>  gives the app a secret, beside its federated credential
  --help                  this text

Unlike the real services:
  - One tenant with one app, no users, no portal. Tokens are issued for Graph and Azure Resource Manager only, by client
    credentials only; roles take effect at once. There are no subscriptions.
  - Of Graph, only beta/trustFramework/keySets; PUT and PATCH of a keyset, $filter, $orderby, $expand, $count and $batch are
    missing, and If-Match is ignored. Secrets and generated keys have no private part, and are not stored.
  - Where the behavior of Azure AD B2C is not documented, it is the likeliest: the kid of a certificate is its SHA-1 thumbprint,
    uploading a certificate again adds it again, keys are enabled and only keys_v2 shows it, keys without nbf rank last, the IDs
    of keysets are case-sensitive and consist of letters, digits, _ . and -, a missing keyset is a 404 with AADB2C90073.
  - Every write is visible to the next read, and nothing is throttled.
  - Error messages that are not published are made up; the IDs in them are random.
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: DEFAULT_PORT },
    keyset: { type: 'string', multiple: true, default: [] },
    cloud: { type: 'string', default: 'public' },
    'tenant-id': { type: 'string' },
    'client-id': { type: 'string' },
    'client-secret': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
}

async function main(): Promise<void> {
  const emulator = await startEmulator(emulatorOptions());
  for (const id of values.keyset) emulator.seed(id);
  for (const [name, value] of Object.entries(environmentOf(emulator))) {
    console.log(`export ${name}=${shellQuoted(value)}`);
  }
  console.log('# Paste these lines into another shell. Ctrl+C ends the emulator. The Azure CLI signs in with:');
  console.log(`# ${azureLogin(CLOUDS[emulator.tenant.cloud].audience)}`);
  const end = (): void => void emulator.close();
  process.once('SIGINT', end).once('SIGTERM', end);
}

function emulatorOptions(): EmulatorOptions {
  const { cloud, 'tenant-id': id, 'client-id': clientId, 'client-secret': clientSecret } = values;
  if (!isCloud(cloud)) throw new Error(`No such cloud: ${cloud}`);
  return {
    port: Number(values.port),
    cloud,
    tenant: id === undefined ? {} : { id },
    app: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
    },
  };
}

function isCloud(name: string): name is Cloud {
  return name in CLOUDS;
}

function environmentOf(emulator: Emulator): Record<string, string> {
  const { HTTPS_PROXY = '', NODE_EXTRA_CA_CERTS: caFile = '' } = emulator.network();
  return {
    HTTPS_PROXY,
    // The same CA under the names by which Node, curl, OpenSSL and Python know it; Node's fetch uses a proxy only with the last.
    NODE_EXTRA_CA_CERTS: caFile,
    CURL_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    NODE_USE_ENV_PROXY: '1',
    ...emulator.job(),
    B2C_TENANT_ID: emulator.tenant.id,
    B2C_CLIENT_ID: emulator.app.clientId,
    ...(emulator.app.clientSecret === undefined ? {} : { B2C_CLIENT_SECRET: emulator.app.clientSecret }),
  };
}

/** How the Azure CLI signs in as the job. */
function azureLogin(audience: string): string {
  const request = `curl -sS -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${audience}"`;
  const identity = '--username "$B2C_CLIENT_ID" --tenant "$B2C_TENANT_ID" --allow-no-subscriptions';
  return `az login --service-principal ${identity} --federated-token "$(${request} | jq -r .value)"`;
}

function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
