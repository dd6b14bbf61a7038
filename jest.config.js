// Tests run as the ES modules they are (Node's --experimental-vm-modules, set by `npm test`) and are
// transformed by swc without type-checking; `npm run typecheck` is its own step.
// `make test` runs them with --coverage and ends with its table: see docs/testing.md.

/** The code that the promises depend on. */
const MEASURED = ['kafka', 'connectors', 'workflows', 'activities', 'connect'];

/** Thousands of runs of the same code: they would take half as long again, and find nothing that a table shows. */
const SEEDED = ['test/fuzz', 'test/sandbox/simulator', 'test/sandbox/chaos', 'test/bench'];

const common = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.sandbox/'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
};

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...SEEDED.map((folder) => `<rootDir>/${folder}/`)],
    },
    {
      ...common,
      testMatch: SEEDED.map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
      coveragePathIgnorePatterns: ['.'],
    },
  ],
  reporters: ['default', '<rootDir>/test/support/count-reporter.js'],
  // Not in a project: Jest reads it here only.
  testTimeout: 60_000,
  maxWorkers: 2,
  collectCoverageFrom: MEASURED.map((folder) => `${folder}/**/*.ts`),
  coverageReporters: [['text', { maxCols: 120 }]],
};
