import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundle, CACHE, MANIFESTS, ROOT } from '../../scripts/bundle.ts';
import { COVERED, writeCovered } from '../../scripts/covered.ts';

/** Milliseconds after which a bundle that nobody needs any more is removed. */
const OBSOLETE_MS = 86_400_000;

/**
 * Jest runs this once before the first scenario, and not where no scenario is run: it bundles the sources, and has the harness
 * run that bundle, which starts as fast as `dist`; for the coverage report, what `writeCovered` makes.
 */
export default async function bundleSources(): Promise<void> {
  if (process.env.TEST_TARGET === 'src') {
    await writeCovered();
    process.env.TEST_TARGET = COVERED;
  }
  if (process.env.TEST_TARGET !== undefined) return;
  process.env.TEST_TARGET = bundledAction();
  process.env.NODE_COMPILE_CACHE ??= join(process.env.TEST_TARGET, 'compiled');
}

/** @returns a folder with the actions as the sources make them; built only where no earlier run left it */
function bundledAction(): string {
  const folder = join(CACHE, fingerprint());
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    if (Date.now() - statSync(path).mtimeMs > OBSOLETE_MS) rmSync(path, { recursive: true, force: true });
  }
  const fresh = mkdtempSync(join(CACHE, 'fresh-'));
  try {
    bundle(join(fresh, 'dist'), ['--transpile-only']);
    for (const file of MANIFESTS) cpSync(join(ROOT, file), join(fresh, file));
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another run was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Changes with everything that the bundle is made of. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const folders = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const files = [...MANIFESTS, 'package-lock.json', 'tsconfig.json'].map((file) => join(ROOT, file));
  for (const file of [...folders, ...files].toSorted())
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}
