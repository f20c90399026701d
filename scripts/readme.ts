// Writes the tables of inputs and outputs into the README, from the two action.yml.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './tables.ts';

const README = join(import.meta.dirname, '../README.md');
writeFileSync(README, withTables(readFileSync(README, 'utf8')));
