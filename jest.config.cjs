module.exports = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': '@swc/jest' },
  globalSetup: '<rootDir>/test/helpers/global-setup.cjs',
  setupFiles: ['<rootDir>/test/helpers/setup.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.sluice', '<rootDir>/examples'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Whole releases with kills and restarts: `npm run test:faults`.
  testPathIgnorePatterns: ['<rootDir>/test/faults/'],
  testTimeout: 60_000,
};
