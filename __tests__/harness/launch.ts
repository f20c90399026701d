// Runs an action from the source files, in the place of a bundle's launcher: for the coverage report.
import * as actions from '../../src/index.ts';

const action = Object.entries(actions).find(([name]) => name === process.argv[2])?.[1];
if (action === undefined) throw new Error(`src/index.ts has no ${String(process.argv[2])}`);
await action();
