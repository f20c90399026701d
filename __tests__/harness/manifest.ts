import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/** The parts of an `action.yml` that determine how a step runs. */
export interface Manifest {
  /** absolute path of `runs.main`, which is relative to the manifest's own folder */
  main: string;
  inputs: { name: string; default: string; deprecationMessage: string | undefined }[];
  outputs: string[];
}

/**
 * Reads an `action.yml`. Scalars stay the text that is in the file, as in the runner.
 * @throws Error when it is not that of a JavaScript action for Node 24
 */
export function readManifest(path: string): Manifest {
  const document: unknown = parse(readFileSync(path, 'utf8'), { schema: 'failsafe' });
  const runs = mapping(mapping(document).runs);
  if (runs.using !== 'node24' || typeof runs.main !== 'string') {
    throw new Error(`${path} must have runs.using: node24 and runs.main.`);
  }
  return {
    main: resolve(dirname(path), runs.main),
    inputs: Object.entries(mapping(mapping(document).inputs)).map(([name, declaration]) => ({
      name,
      default: text(mapping(declaration).default) ?? '',
      deprecationMessage: text(mapping(declaration).deprecationMessage),
    })),
    outputs: Object.keys(mapping(mapping(document).outputs)),
  };
}

const mapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
