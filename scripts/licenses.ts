import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, parseJson } from '../src/shared/json.ts';

/** The files of a package whose text has to go with its code. */
const TERMS = /^(licen[cs]e|copying|notice)(?![a-z])/i;
/** The folder of the package that a module is part of: packages can be nested. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;
const SEPARATOR = `\n${'='.repeat(80)}\n`;

/**
 * The licenses of all packages that a bundle contains a module of; packages with the same text share it.
 *
 * ncc's own `--license` is not used: it uses the nearest `package.json` of a module, so it lost the text of packages
 * that have another one in a folder of their code.
 *
 * @param statistics - webpack's, as ncc writes them with `--stats-out`
 * @throws Error when a package has no license text
 */
export function licensesOf(statistics: unknown): string {
  const folders = new Set(modulePaths(statistics).flatMap((path) => PACKAGE.exec(path) ?? []));
  const packages = Array.from(folders, readPackage).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Map<string, string[]>();
  for (const { name, text } of packages) names.set(text, [...(names.get(text) ?? []), name]);
  return Array.from(names, ([text, sharing]) => `${sharing.join(', ')}\n\n${text}\n`).join(SEPARATOR);
}

/** The files of all modules: one that webpack merged with others is listed within those. */
function modulePaths(node: unknown): string[] {
  if (!isRecord(node)) return [];
  const { nameForCondition: path, modules } = node;
  return [...(typeof path === 'string' ? [path] : []), ...(Array.isArray(modules) ? modules.flatMap(modulePaths) : [])];
}

function readPackage(folder: string): { name: string; text: string } {
  const manifest = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'));
  const name = isRecord(manifest) ? `${String(manifest.name)}@${String(manifest.version)}` : folder;
  const files = readdirSync(folder).filter((file) => TERMS.test(file));
  const text = files
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
  if (text === '') throw new Error(`${name} is bundled, but has no file with its license.`);
  return { name, text };
}
