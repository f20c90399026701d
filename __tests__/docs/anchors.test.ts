import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_GUIDANCE as ENTRA, guidanceFor as entraGuidance } from '../../src/entra/error-codes.ts';
import { ERROR_GUIDANCE as GRAPH, guidanceFor as graphGuidance } from '../../src/graph/error-codes.ts';
import type { NetworkErrorKind } from '../../src/http/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(ROOT, 'src', path), 'utf8') }));

/** Sections that no error leads to: of warnings and notices, which have no link, and for reading. */
const READING = [
  'cancelled',
  'wrong-certificate',
  'expiry-warning-days',
  'staged-rollover',
  'weak-signature',
  'key-usage',
];

/** Where an anchor is computed; what it may be is collected below. */
const COMPUTED = [
  'entra/error-codes.ts',
  'graph/error-codes.ts',
  'http/guidance.ts',
  'certificate/rejections.ts',
  'runner/action.ts',
];

const FAILURES: Record<NetworkErrorKind, true> = {
  dns: true,
  refused: true,
  tls: true,
  'certificate-time': true,
  'proxy-unreachable': true,
  proxy: true,
  reset: true,
  timeout: true,
  redirect: true,
  'invalid-response': true,
};

function collectAnchors(): Set<string> {
  return new Set([
    ...Object.keys(ENTRA).map((code) => entraGuidance(Number(code)).anchor),
    ...Object.keys(GRAPH).map((key) => graphGuidance(key, Number.parseInt(key) * (key === '5xx' ? 100 : 1)).anchor),
    ...Object.keys(FAILURES).map((kind) => `network-${kind}`),
    ...sources.flatMap(({ text }) =>
      [...text.matchAll(/\banchor: '([^']+)'|troubleshootingUrl\('([a-z0-9-]+)'/g)].map(
        ([, written, linked]) => written ?? linked ?? '',
      ),
    ),
  ]);
}

const sections = [...guide.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id);

test('every error links to a section, and every section explains an error', () => {
  expect([...new Set(sections)].sort()).toEqual([...collectAnchors(), ...READING].sort());
});

test('no section exists twice', () => {
  expect(sections).toHaveLength(new Set(sections).size);
});

test('anchors are computed only where this test knows of it', () => {
  const computed = sources
    .filter(({ text }) => /\banchor(: (?!'|string)|[,)= ])/.test(text.replaceAll(/\/\*\*[^]*?\*\//g, '')))
    .map(({ path }) => path);
  expect(COMPUTED).toEqual(expect.arrayContaining(computed));
});

test('every section has a heading, names its code, and says what to do', () => {
  const parts = [...guide.matchAll(/((?:<a id="[^"]+"><\/a>\n)+)\n### (.+)\n([^]*?)(?=\n<a id=|\n## |$(?![^]))/g)].map(
    ([, ids = '', heading = '', body = '']) => ({ ids, heading, body }),
  );
  expect(parts.flatMap(({ ids }) => ids.match(/<a /g) ?? [])).toHaveLength(sections.length);
  for (const { ids, heading, body } of parts) {
    const codes = [...ids.matchAll(/"(aadsts\d+|aadb2c\d+)"/g)].map(([, code = '']) => code);
    for (const code of codes) expect(heading.toLowerCase()).toMatch(new RegExp(`\\b${code}\\b`));
    expect(body.trim().length).toBeGreaterThan(80);
  }
});
