/** What the scenarios run: `dist`, `src` for the coverage report, or a bundle of the sources; see scripts/test.ts. */
const target = process.env.TEST_TARGET;

/** What both projects have in common. */
const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.js' },
};

const parts = {
  ...common,
  displayName: 'parts',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts', '!**/__tests__/{scenarios,matrix}/**'],
  setupFilesAfterEnv: ['<rootDir>/scripts/take-coverage.js'],
};

const scenarios = {
  ...common,
  displayName: 'scenarios',
  testMatch: [
    '<rootDir>/__tests__/{scenarios,matrix}/**/*.test.ts',
    // A few scenarios wait in real time: on `dist` only.
    ...(target === 'dist' ? [] : ['!**/*.real-time.test.ts']),
  ],
  globalSetup: '<rootDir>/__tests__/harness/bundle-sources.ts',
};

/** @type {import('jest').Config} */
export default {
  projects: target === 'dist' ? [scenarios] : [parts, scenarios],
  // Milliseconds: no measure of speed, but the end of a test that hangs.
  testTimeout: 300_000,
  maxWorkers: 3,
  // Steps that a file of scenarios runs at once: much of their time goes into starting Node.
  maxConcurrency: 4,
};
