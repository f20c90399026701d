// For jest: a worker that needs more than half a second to end is killed, and what it counted would be lost.
import { afterAll } from '@jest/globals';
import { takeCoverage } from 'node:v8';

afterAll(() => {
  if (process.env.NODE_V8_COVERAGE) takeCoverage();
});
