import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADVICE as ENTRA, adviceFor } from '../../src/entra/codes.ts';
import { ADVICE as GRAPH, remediationFor } from '../../src/graph/codes.ts';
import { explainTransport } from '../../src/http/explain.ts';
import { TransportFailure, type FailureKind } from '../../src/http/failure.ts';

const ROOT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(ROOT, 'src', path), 'utf8') }));

/** Sections that no error leads to. */
const READING = ['wrong-certificate'];

/** Where an anchor is worked out and not written down, and what comes of it is collected below. */
const COMPUTED = [
  'entra/codes.ts',
  'entra/diagnosis.ts',
  'graph/codes.ts',
  'http/explain.ts',
  'certificate/rejections.ts',
  'runner/action.ts',
  'upload/open.ts',
  'upload/upload.ts',
];

const FAILURES: Record<FailureKind, true> = {
  dns: true,
  refused: true,
  tls: true,
  proxy: true,
  reset: true,
  timeout: true,
  redirect: true,
  unreadable: true,
  cancelled: true,
};

function collectAnchors(): Set<string> {
  const kinds = Object.keys(FAILURES).filter((kind): kind is FailureKind => kind in FAILURES);
  return new Set([
    ...Object.keys(ENTRA).map((code) => adviceFor(Number(code)).anchor),
    ...Object.keys(GRAPH).map((key) => remediationFor(key, Number.parseInt(key) * (key === '5xx' ? 100 : 1)).anchor),
    ...kinds.map((kind) => explainTransport('', new TransportFailure(kind, '', '', '', true)).remediation.anchor),
    ...sources.flatMap(({ text }) =>
      [...text.matchAll(/\banchor: '([^']+)'|TROUBLESHOOTING\}#([a-z0-9-]+)/g)].map(
        ([, written, linked]) => written ?? linked ?? '',
      ),
    ),
  ]);
}

const sections = [...guide.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id);

test('every error leads to a section, and every section speaks of an error', () => {
  expect([...new Set(sections)].sort()).toEqual([...collectAnchors(), ...READING].sort());
});

test('no section stands twice', () => {
  expect(sections).toHaveLength(new Set(sections).size);
});

test('an anchor that is worked out stands only where this test knows of it', () => {
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
