// `npm run test:e2e`: the command line as a user drives it. Each test has a stage of its own, hence several at a time.
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
  testPathIgnorePatterns: [],
};
