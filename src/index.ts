// The entry points of both actions, which the launchers in `dist` call. They have no static import: the variables below have to
// be gone before any library reads them.

/** They switch on the loggers of libraries, which print headers and the proxy's password, or move the sign-in to another host. */
const UNWANTED_VARIABLES = /^((AZURE|MSAL)_.*|DEBUG|TYPESPEC_RUNTIME_LOG_LEVEL)$/i;
for (const name of Object.keys(process.env))
  if (UNWANTED_VARIABLES.test(name)) Reflect.deleteProperty(process.env, name);

/** Runs the action that uploads a certificate: action.yml. */
export async function upload(): Promise<void> {
  const [{ runAction }, { upload: run }] = await Promise.all([
    import('./runner/action.ts'),
    import('./upload/upload.ts'),
  ]);
  await runAction(run);
}

/** Runs the action that checks keysets: check/action.yml. */
export async function check(): Promise<void> {
  const [{ runAction }, { check: run }] = await Promise.all([import('./runner/action.ts'), import('./check/check.ts')]);
  await runAction(run, '');
}
