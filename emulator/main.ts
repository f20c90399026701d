import { parseArgs } from 'node:util';
import { CLOUDS, type Cloud } from './hosts.ts';
import { faultFrom, KINDS, behaviorFrom } from './flags.ts';
import { startEmulator, type EmulatorOptions } from './index.ts';
import { STEPS } from './request-log.ts';
import { CHOICES, HIDEABLE } from './service-behavior.ts';

const DEFAULT_PORT = '8877';

const HELP = `Emulates GitHub's OIDC issuer, Entra ID and Graph's trustFramework/keySets behind a proxy on loopback.

Usage: npm run emulator -- [flags]

  --port <n>              port of the proxy (${DEFAULT_PORT}; 0: any free one)
  --cloud <name>          ${Object.keys(CLOUDS).join(', ')} (public)
  --tenant-id <guid>      the tenant's id (random)
  --client-id <guid>      the app's id (random)
  --client-secret <text>  gives the app a secret, beside its federated credential
  --repository <o/r>      the repository whose job asks for a token (contoso/identity)
  --environment <name>    the job's environment (b2c-production)
  --keyset <id>           a keyset that exists already; may be repeated
  --latency <ms>          added to every request and TLS handshake
  --throttle <n>          requests a minute that Graph allows
  --behavior <name=value>    may be repeated; hidden='["x5t","status"]' (${HIDEABLE.join(', ')}),
                          pageSize, staleReadsMs, missingAfterCreateMs, and, the default first:
${Object.entries(CHOICES)
  .map(([name, choices]) => `                            ${name}=${choices.join('|')}`)
  .join('\n')}
  --fault <at:kind[:name=value,…]>
                          may be repeated, e.g. upload:reset-after or token:status:status=503,times=2
                            at: ${STEPS.join(', ')}; a host for faults of the connection
                            kind: ${KINDS.join(', ')}
  --help                  this text
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: DEFAULT_PORT },
    cloud: { type: 'string', default: 'public' },
    'tenant-id': { type: 'string' },
    'client-id': { type: 'string' },
    'client-secret': { type: 'string' },
    repository: { type: 'string', default: 'contoso/identity' },
    environment: { type: 'string', default: 'b2c-production' },
    keyset: { type: 'string', multiple: true, default: [] },
    latency: { type: 'string', default: '0' },
    throttle: { type: 'string' },
    behavior: { type: 'string', multiple: true, default: [] },
    fault: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

function isCloud(name: string): name is Cloud {
  return name in CLOUDS;
}

function options(): EmulatorOptions {
  const { cloud, throttle, 'tenant-id': id, 'client-id': clientId, 'client-secret': clientSecret } = values;
  if (!isCloud(cloud)) throw new Error(`No such cloud: ${cloud}`);
  const ms = Number(values.latency);
  return {
    port: Number(values.port),
    cloud,
    tenant: id === undefined ? {} : { id },
    app: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
    },
    behavior: behaviorFrom(values.behavior),
    latency: { requestMs: ms, handshakeMs: ms },
    ...(throttle === undefined ? {} : { throttle: { requestsPerMinute: Number(throttle) } }),
  };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function main(): Promise<void> {
  const faults = values.fault.map(faultFrom);
  const emulator = await startEmulator(options());
  for (const id of values.keyset) emulator.seed(id);
  for (const fault of faults) emulator.faults.inject(fault);
  const network = emulator.network();
  const environment = {
    ...network,
    // The same authority, under the names by which curl and OpenSSL's programs know it; Node's fetch asks for a proxy.
    CURL_CA_BUNDLE: network.NODE_EXTRA_CA_CERTS,
    SSL_CERT_FILE: network.NODE_EXTRA_CA_CERTS,
    NODE_USE_ENV_PROXY: '1',
    ...emulator.job({ repository: values.repository, environment: values.environment }),
    B2C_TENANT_ID: emulator.tenant.id,
    B2C_CLIENT_ID: emulator.app.clientId,
    ...(emulator.app.clientSecret === undefined ? {} : { B2C_CLIENT_SECRET: emulator.app.clientSecret }),
  };
  for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${shellQuoted(value ?? '')}`);
  console.log('# Paste these lines into another shell. Ctrl+C ends the emulator.');
  const end = (): void => void emulator.close();
  process.once('SIGINT', end).once('SIGTERM', end);
}

if (values.help) console.log(HELP);
else {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
}
