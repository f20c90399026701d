/** What the launchers in `dist` call: one function for each action, which loads its code when it is called. */

export async function upload(): Promise<void> {
  const [{ runAction }, { upload: run }] = await Promise.all([
    import('./runner/action.ts'),
    import('./upload/upload.ts'),
  ]);
  await runAction(run);
}

export async function check(): Promise<void> {
  const [{ runAction }, { check: run }] = await Promise.all([import('./runner/action.ts'), import('./check/check.ts')]);
  await runAction(run);
}
