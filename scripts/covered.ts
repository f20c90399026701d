import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord, parseJson } from '../src/shared/json.ts';
import { CACHE, MANIFESTS, ncc, ROOT, writeLaunchers } from './bundle.ts';

/** The packages that `src` imports at run time, by their names in the bundle of all of them. */
const LIBRARIES = {
  core: '@actions/core',
  github: '@actions/github',
  pipeline: '@azure/core-rest-pipeline',
  identity: '@azure/identity',
};

/** What the scenarios run for the coverage report. */
export const COVERED = join(CACHE, 'covered');

/**
 * Makes actions out of the source files, one by one, so that V8 counts what is executed of each: their types are blanked, which
 * keeps every position, and the libraries are one bundle.
 */
export async function writeCovered(): Promise<void> {
  rmSync(COVERED, { recursive: true, force: true });
  for (const path of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.endsWith('.d.ts')) continue;
    const code = stripTypeScriptTypes(readFileSync(join(ROOT, 'src', path), 'utf8'));
    write(
      join(COVERED, 'src', path.replace(/ts$/, 'js')),
      code.replaceAll(/(?<=(?:from|import\(?)\s*'\.[^']+)\.ts'/g, ".js'"),
    );
  }
  for (const file of MANIFESTS) cpSync(join(ROOT, file), join(COVERED, file));
  writeLaunchers(join(COVERED, 'dist'), '../src/index.js');
  const entry = join(COVERED, 'libraries.mjs');
  write(
    entry,
    Object.entries(LIBRARIES)
      .map(([name, library]) => `export * as ${name} from '${library}';\n`)
      .join(''),
  );
  ncc(entry, join(COVERED, 'libraries'), []);
  for (const [name, library] of Object.entries(LIBRARIES)) {
    const module: unknown = await import(library);
    const names = isRecord(module) ? Object.keys(module).filter((key) => key !== 'default') : [];
    const package_ = join(COVERED, 'node_modules', library);
    write(join(package_, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }));
    write(
      join(package_, 'index.js'),
      `import { ${name} } from '../../../libraries/index.mjs';\nexport const { ${names.join(', ')} } = ${name};\n`,
    );
  }
}

/**
 * Turns what V8 counted in that folder into counts of the sources, and drops what it counted elsewhere.
 *
 * @param counts - the folder that NODE_V8_COVERAGE named
 */
export function moveCounts(counts: string): void {
  const covered = pathToFileURL(join(COVERED, 'src/')).href;
  const sources = pathToFileURL(join(ROOT, 'src/')).href;
  for (const name of readdirSync(counts)) {
    const file = join(counts, name);
    const report = parseJson(readFileSync(file, 'utf8'));
    const scripts: unknown[] = isRecord(report) && Array.isArray(report.result) ? report.result : [];
    const result = scripts.flatMap((script) => {
      if (!isRecord(script) || typeof script.url !== 'string') return [];
      const url = script.url.startsWith(covered)
        ? script.url.replace(covered, sources).replace(/js$/, 'ts')
        : script.url;
      return url.startsWith(sources) ? [{ ...script, url }] : [];
    });
    writeFileSync(file, JSON.stringify({ result }));
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
