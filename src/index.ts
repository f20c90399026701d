/**
 * What the launchers in `dist` call: one function for each action. Nothing is imported before the variables are gone that switch
 * on the loggers of libraries (they print headers and the proxy's password) or move the sign-in to another host.
 */
const UNWANTED_VARIABLES = /^((AZURE|MSAL)_.*|DEBUG|TYPESPEC_RUNTIME_LOG_LEVEL)$/i;

export async function upload(): Promise<void> {
  dropUnwantedVariables();
  const [{ runAction }, { upload: run }] = await Promise.all([
    import('./runner/action.ts'),
    import('./upload/upload.ts'),
  ]);
  await runAction(run);
}

export async function check(): Promise<void> {
  dropUnwantedVariables();
  const [{ runAction }, { check: run }] = await Promise.all([import('./runner/action.ts'), import('./check/check.ts')]);
  await runAction(run, '');
}

function dropUnwantedVariables(): void {
  for (const name of Object.keys(process.env))
    if (UNWANTED_VARIABLES.test(name)) Reflect.deleteProperty(process.env, name);
}
