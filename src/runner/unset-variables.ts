// Imported before everything else: libraries read these variables while they are imported.

/** They switch on the loggers of libraries, which print headers and the proxy's password, or move the sign-in to another host. */
const UNWANTED_VARIABLES = /^((AZURE|MSAL)_.*|DEBUG|TYPESPEC_RUNTIME_LOG_LEVEL)$/i;
for (const name of Object.keys(process.env))
  if (UNWANTED_VARIABLES.test(name)) Reflect.deleteProperty(process.env, name);
