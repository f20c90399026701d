// Runs the sources in the place of the bundle's launchers, for the coverage report.
import * as actions from '../../src/index.ts';

const action = Object.entries(actions).find(([name]) => name === process.argv[2])?.[1];
if (action === undefined) throw new Error(`src/index.ts has no ${String(process.argv[2])}`);
await action();
