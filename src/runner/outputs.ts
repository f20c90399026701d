import { setOutput } from '@actions/core';

/** Sets every output of the step at once, so that none is left over from half a story. */
export function setOutputs(outputs: Readonly<Record<string, string | number | boolean>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}
