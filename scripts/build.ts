// Builds `dist` from scratch: ncc bundles `src/index.ts`, terser makes every file of it small, a launcher for each action
// calls one export, and `licenses.txt` has the licenses of all bundled packages. ncc's own -m leaves all chunks but the first as
// they are, and ncc never removes stale ones.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify } from 'terser';
import { parseJson } from '../src/shared/json.ts';
import { licensesOf } from './licenses.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const ACTIONS = ['upload', 'check'];

const fresh = mkdtempSync(join(ROOT, 'node_modules/.dist-'));
const statistics = join(fresh, 'stats.json');
execFileSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/@vercel/ncc/dist/ncc/cli.js'),
    'build',
    'src/index.ts',
    '--out',
    fresh,
    '--stats-out',
    statistics,
    '--quiet',
  ],
  { cwd: ROOT, stdio: 'inherit' },
);

writeFileSync(join(fresh, 'licenses.txt'), licensesOf(parseJson(readFileSync(statistics, 'utf8'))));
rmSync(statistics);
for (const name of readdirSync(fresh).filter((file) => file.endsWith('.js'))) {
  const file = join(fresh, name);
  const { code } = await minify(readFileSync(file, 'utf8'), { module: true, ecma: 2020, format: { comments: false } });
  writeFileSync(file, `${code ?? ''}\n`);
}
for (const action of ACTIONS) {
  writeFileSync(join(fresh, `${action}.js`), `import { ${action} } from './index.js';\nawait ${action}();\n`);
}
// Only what was built whole takes the place of what was there.
rmSync(DIST, { recursive: true, force: true });
renameSync(fresh, DIST);
