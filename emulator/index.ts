import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustedCa } from './certificate-authority.ts';
import { Clock } from './clock.ts';
import { Entra } from './entra.ts';
import { Faults } from './faults.ts';
import { GitHub, type JobOverrides } from './github.ts';
import { Graph } from './graph.ts';
import type { Cloud } from './hosts.ts';
import { Issues } from './issues.ts';
import { certificateKey, keyOf, type Key } from './keys.ts';
import { Management } from './management.ts';
import { Proxy } from './proxy.ts';
import type { RecordedRequest } from './request-log.ts';
import { Server } from './server.ts';
import { DEFAULT_BEHAVIOR, type ServiceBehavior } from './service-behavior.ts';
import { entraSigner, gitHubSigner } from './signer.ts';
import { createApp, createTenant, type App, type Keyset, type Tenant } from './tenant.ts';
import { TokenBucket, type Throttle } from './token-bucket.ts';

export type { Cloud } from './hosts.ts';
export type { ConnectionFault, Fault, RequestFault } from './faults.ts';
export type { RecordedRequest, Step } from './request-log.ts';
export type { App, Keyset, Tenant } from './tenant.ts';
export { certificateKey, keyOf, type Key } from './keys.ts';
export type { ServiceBehavior } from './service-behavior.ts';

export interface EmulatorOptions {
  /** Of the proxy; any free one by default. */
  port?: number;
  /** The tenant's cloud; `public` by default. */
  cloud?: Cloud;
  tenant?: { id?: string; domain?: string };
  /** Where the registered app differs from the default. */
  app?: Partial<App>;
  behavior?: Partial<ServiceBehavior>;
  /** Milliseconds added to each request and to each TLS handshake; they really pass. */
  latency?: { requestMs?: number; handshakeMs?: number };
  /** A limit on Graph's requests: 429 with `Retry-After` when it is exhausted. */
  throttle?: Throttle;
  /** What the proxy demands by Basic authentication. */
  proxyAuth?: { user: string; password: string };
}

/** GitHub, Entra ID and Graph behind a proxy of their own, with their own state. */
export interface Emulator {
  tenant: Tenant;
  /** The registered app: the tenant's first. */
  app: App;
  behavior: ServiceBehavior;
  faults: Faults;
  /** The issues of the repository. */
  issues: Issues;
  /** Every request that arrived, in order. */
  requestLog: RecordedRequest[];
  /** TLS handshakes so far. */
  readonly handshakes: number;
  /** Every token and client secret that it issued or knows. */
  readonly secrets: readonly string[];
  /** The environment of a job with `id-token: write`; its claims can be overridden. */
  job(overrides?: JobOverrides): Record<string, string>;
  /** The environment that leads any client here: the proxy, and the CA to trust. */
  network(): Record<string, string>;
  /** Puts keys into a keyset, which is created when it is missing: certificates as DER, anything else as members of a key. */
  seed(keysetId: string, ...keys: (Uint8Array | Partial<Key>)[]): Keyset;
  /** Carries out at once what a fault has delayed until later (`lateMs`). */
  settle(): Promise<void>;
  /** Ends all connections and removes the temporary files. */
  close(): Promise<void>;
}

/** Starts an emulator on loopback. The first of a process needs about 0.2 s for its keys, the next ones share them. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const [ca, directory] = await Promise.all([
    trustedCa(),
    mkdtemp(join(tmpdir(), 'b2c-emulator-')),
    gitHubSigner(),
    entraSigner(),
  ]);
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.pem);

  const { cloud = 'public', latency = {}, throttle, proxyAuth } = options;
  const app = createApp(cloud, options.app);
  const tenant = createTenant(cloud, app, options.tenant);
  const behavior: ServiceBehavior = { ...DEFAULT_BEHAVIOR, ...options.behavior };
  const clock = new Clock();
  const faults = new Faults();
  const requestLog: RecordedRequest[] = [];
  const issued: string[] = [];
  const gitHub = new GitHub(issued);
  const entra = new Entra(tenant, issued);
  const graph = new Graph(tenant, behavior, clock, entra, throttle && new TokenBucket(throttle, clock));
  const issues = new Issues();
  const server = new Server({
    services: [gitHub, entra, graph, issues, new Management(tenant, entra)],
    faults,
    requestLog,
    clock,
    requestMs: latency.requestMs ?? 0,
  });
  const proxy = await Proxy.listen({
    port: options.port ?? 0,
    ca,
    faults,
    handshakeMs: latency.handshakeMs ?? 0,
    credentials: proxyAuth,
    accept: (secure, wire) => {
      server.accept(secure, wire);
    },
  });

  return {
    tenant,
    app,
    behavior,
    faults,
    issues,
    requestLog,
    get handshakes() {
      return proxy.handshakes;
    },
    get secrets() {
      return [...issued, ...tenant.apps.flatMap(({ clientSecret }) => clientSecret ?? [])];
    },
    job: (overrides) => gitHub.job(overrides),
    network: () => {
      const user = proxyAuth ? `${encodeURIComponent(proxyAuth.user)}:${encodeURIComponent(proxyAuth.password)}@` : '';
      return { HTTPS_PROXY: `http://${user}127.0.0.1:${proxy.port}`, NODE_EXTRA_CA_CERTS: caFile };
    },
    seed: (keysetId, ...keys) => {
      const keyset = tenant.keysets.get(keysetId) ?? { id: keysetId, keys: [], createdAt: 0 };
      const seeds = keys.map((key) =>
        key instanceof Uint8Array ? certificateKey(new X509Certificate(key), behavior) : keyOf(key),
      );
      keyset.keys = [...keyset.keys, ...seeds];
      tenant.keysets.set(keysetId, keyset);
      return keyset;
    },
    settle: () => clock.runDue(Infinity),
    close: async () => {
      await proxy.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
