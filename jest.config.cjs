module.exports = {
  testEnvironment: 'node',
  // jose is published as ES modules only, which jest cannot require as Node does.
  transform: { '^.+\\.ts$': '@swc/jest', 'node_modules/jose/.+\\.js$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  globalSetup: '<rootDir>/test/helpers/global-setup.cjs',
  setupFiles: ['<rootDir>/test/helpers/setup.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.sluice', '<rootDir>/examples'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Slower or heavier suites, with commands of their own: `npm run test:NAME`.
  testPathIgnorePatterns: [
    'workflows',
    'e2e',
    'faults',
    'lint',
    'attacks',
    'peers',
    'compose',
    'client/gateway',
    'client/action',
    'workflow-files',
    'iam',
    'ui',
    'waiting',
    'containers',
    'ministack',
    'bench',
  ].map((suite) => `<rootDir>/test/${suite}/`),
  // Tests that talk to servers wait more than they work: more of them than cores.
  maxWorkers: 3,
  testTimeout: 60_000,
};
