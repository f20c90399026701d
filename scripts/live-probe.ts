// Finds out from a real tenant what is not documented, and prints it as a table. Creates keysets of its own, and deletes them.
import { appendFileSync } from 'node:fs';
import { CLOUDS } from '../src/entra/clouds.ts';
import { signIn } from '../src/entra/sign-in.ts';
import { createHttpClient } from '../src/http/client.ts';
import { isRemoteError } from '../src/http/errors.ts';
import { escapeCell } from '../src/runner/sanitize.ts';
import { idTokenSource } from '../src/runner/id-token.ts';
import { mask } from '../src/runner/log.ts';
import { EXPERIMENTS, type Finding } from './live-probe/experiments.ts';
import { Service } from './live-probe/service.ts';

const { B2C_TENANT_ID: tenantId = '', B2C_CLIENT_ID: clientId = '', GITHUB_STEP_SUMMARY: summary } = process.env;
const cloud = CLOUDS.public;
const client = createHttpClient(new AbortController().signal, () => undefined);

/** Signs in with the job's OIDC token. */
async function connect(): Promise<Service> {
  const credential = { assertion: idTokenSource(cloud.audience, client) };
  const token = await signIn({ tenantId, clientId }, credential, cloud, client);
  mask(token);
  return new Service(client, cloud.graph, token);
}

/** Makes the job fail. Only messages that are known to contain no secret are printed. */
function failure(question: string, error: unknown): Finding {
  process.exitCode = 1;
  return [question, `not found out: ${isRemoteError(error) ? error.message : 'an unexpected failure'}`];
}

/** Runs every experiment, whether or not the others succeed, and cleans up. */
async function runAll(service: Service): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [subject, experiment] of Object.entries(EXPERIMENTS)) {
    findings.push(...(await experiment(service).catch((error: unknown) => [failure(subject, error)])));
  }
  const left = await service.clear();
  if (left.length > 0) process.exitCode = 1;
  return [...findings, ...left.map((id): Finding => ['Left behind', id])];
}

const SIGN_IN = 'A federated credential in a B2C tenant';
const table = await connect().then(
  async (service): Promise<Finding[]> => [[SIGN_IN, 'works'], ...(await runAll(service))],
  (error: unknown) => [failure(SIGN_IN, error)],
);
const rows = [['question', 'finding'], ['---', '---'], ...table.map((finding) => finding.map(escapeCell))];
const text = `### How the service behaves\n\n${rows.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}`;
process.stdout.write(text);
if (summary) appendFileSync(summary, text);
