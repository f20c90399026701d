// jest's transform: what Node itself does with a .ts file. Positions are kept, so no source map is needed.
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
