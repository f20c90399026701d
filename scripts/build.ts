// Builds `dist` from scratch: bundles `src`, writes the licenses of all bundled packages, then makes every chunk small with terser.
// ncc's own -m leaves all chunks but the first as they are, and ncc never removes stale ones.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify } from 'terser';
import { parseJson } from '../src/shared/json.ts';
import { bundle, ROOT } from './bundle.ts';
import { licensesOf } from './licenses.ts';

const DIST = join(ROOT, 'dist');

const fresh = mkdtempSync(join(ROOT, 'node_modules/.dist-'));
try {
  const statistics = join(fresh, 'stats.json');
  bundle(fresh, ['--stats-out', statistics]);
  writeFileSync(join(fresh, 'licenses.txt'), licensesOf(parseJson(readFileSync(statistics, 'utf8'))));
  rmSync(statistics);
  for (const name of readdirSync(fresh).filter((file) => file.endsWith('index.js'))) {
    const file = join(fresh, name);
    const { code } = await minify(readFileSync(file, 'utf8'), {
      module: true,
      ecma: 2020,
      format: { comments: false },
    });
    writeFileSync(file, `${code ?? ''}\n`);
  }
  // Replaced only by a complete build.
  rmSync(DIST, { recursive: true, force: true });
  renameSync(fresh, DIST);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
