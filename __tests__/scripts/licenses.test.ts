import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from '../../scripts/bundle.ts';
import { licensesOf } from '../../scripts/licenses.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';
import { removeFolder, temporaryFolder } from '../harness/package.ts';

const scratch = temporaryFolder('licenses');
const statistics = join(scratch, 'stats.json');

/** Every package that the bundle of the sources contains a module of, by its folder. */
let bundled: string[] = [];

beforeAll(() => {
  bundle(join(scratch, 'bundle'), ['--transpile-only', '--stats-out', statistics]);
  const paths = readFileSync(statistics, 'utf8').matchAll(/"nameForCondition":"([^"]*node_modules[^"]*)"/g);
  const folders = Array.from(paths, ([, path = '']) =>
    path.replaceAll('\\\\', '/').replace(/(.*\/node_modules\/(@[^/]+\/)?[^/]+).*/, '$1'),
  );
  bundled = [...new Set(folders)];
});

afterAll(() => {
  removeFolder(scratch);
});

test('every package of the bundle is in the licenses with its name, its version and its terms', () => {
  const licenses = licensesOf(parseJson(readFileSync(statistics, 'utf8')));
  expect(bundled.length).toBeGreaterThan(40);
  const missing = bundled.flatMap((folder) => {
    const manifest = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { name, version } = isRecord(manifest) ? manifest : {};
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) ?? '';
    const terms = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
    return licenses.includes(`${String(name)}@${String(version)}`) && licenses.includes(terms) ? [] : [folder];
  });
  expect(missing).toEqual([]);
});

/** Lays a package out, and gives the statistics of a bundle that contains a module of it. */
function install(folder: string, files: Record<string, string>): { nameForCondition: string } {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, folder, name)), { recursive: true });
    writeFileSync(join(scratch, folder, name), text);
  }
  return { nameForCondition: join(scratch, folder, 'dist/esm/index.js') };
}

test('packages with the same terms share them, and a notice is passed on', () => {
  const modules = [
    install('node_modules/zeta', { 'package.json': '{"name":"zeta","version":"2.0.0"}', LICENSE: 'Terms A\r\n' }),
    install('node_modules/@scope/alpha', {
      'package.json': '{"name":"@scope/alpha","version":"1.0.0"}',
      // Such a file made ncc lose the terms.
      'dist/esm/package.json': '{"name":"@scope/alpha","version":"1.0.0"}',
      'license.md': 'Terms A',
    }),
    install('node_modules/zeta/node_modules/beta', {
      'package.json': '{"name":"beta","version":"3.0.0"}',
      LICENSE: 'Terms B',
      'NOTICE.txt': 'Notice B',
    }),
  ];
  const [first, second, ...others] = modules;
  const nested = { modules: [{ modules: [first, first] }, second, ...others, { nameForCondition: '/src/index.ts' }] };
  expect(licensesOf(nested)).toBe(
    ['@scope/alpha@1.0.0, zeta@2.0.0\n\nTerms A\n', 'beta@3.0.0\n\nTerms B\n\nNotice B\n'].join(
      `\n${'='.repeat(80)}\n`,
    ),
  );
});

test('a package without terms stops the build', () => {
  const modules = [install('node_modules/bare', { 'package.json': '{"name":"bare","version":"1.0.0"}' })];
  expect(() => licensesOf({ modules })).toThrow('bare@1.0.0 is bundled, but has no file with its license.');
});
