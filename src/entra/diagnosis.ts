import { quote } from '../http/explain.ts';
import { ActionError } from '../shared/action-error.ts';
import { createCredentialCommand, describeIssuer, describeSubject, type Presented } from './assertion.ts';
import { CLOUDS, type CloudName, describeAudience } from './clouds.ts';
import { adviceFor } from './codes.ts';
import type { App, SignInError } from './sign-in.ts';

/**
 * Says what Entra refused and what to do about it: with what GitHub presented and the command that would make it fit.
 *
 * @param presented - claims of the assertion, where there was one that could be read
 */
export function diagnose(
  error: SignInError,
  app: App,
  cloud: CloudName,
  presented: Presented | undefined,
): ActionError {
  const { anchor, cause, fix, federation } = adviceFor(error.code);
  return new ActionError(
    `Signing in as app ${app.clientId} to tenant ${app.tenantId} failed: ${error.message}. ${quote(error.said)}`,
    {
      anchor,
      cause,
      fix,
      details: [
        ...(federation && presented ? describePresented(presented, app, cloud) : []),
        ...error.ids.map(([name, value]) => `${name}: ${value}`),
      ],
    },
    { cause: error },
  );
}

function describePresented(presented: Presented, app: App, cloud: CloudName): string[] {
  return [
    'GitHub presented:',
    `  issuer    ${presented.issuer} (${describeIssuer(presented)})`,
    `  subject   ${presented.subject}`,
    ...describeSubject(presented).map((line) => `            ${line}`),
    `  audience  ${presented.audience} (${describeAudience(presented.audience, cloud)})`,
    'These commands create a credential that fits it (bash):',
    `  az cloud set --name ${CLOUDS[cloud].azureCli} && az login --tenant ${app.tenantId} --allow-no-subscriptions`,
    `  ${createCredentialCommand(app.clientId, presented)}`,
  ];
}
