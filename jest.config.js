/** What both projects have in common. */
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.js' },
};

// Scenarios that wait in real time show on `dist` that the others may skip the waiting.
const realTime = process.env.TEST_TARGET === 'dist' ? [] : ['\\.real-time\\.test\\.ts$'];

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      displayName: 'parts',
      testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: ['/__tests__/(scenarios|matrix)/'],
    },
    {
      ...common,
      displayName: 'scenarios',
      testMatch: ['<rootDir>/__tests__/{scenarios,matrix}/**/*.test.ts'],
      testPathIgnorePatterns: realTime,
      globalSetup: '<rootDir>/__tests__/harness/bundle-sources.ts',
    },
  ],
  // Milliseconds: no measure of speed, but the end of a test that hangs.
  testTimeout: 300_000,
  maxWorkers: 3,
  // Steps that a file of scenarios runs at once: much of their time goes into starting Node.
  maxConcurrency: 4,
};
