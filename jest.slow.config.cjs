// The suites with commands of their own (`npm run test:faults` and so on): slower, and one file at a time, since
// each takes the whole machine.
module.exports = {
  ...require('./jest.config.cjs'),
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 180_000,
};
