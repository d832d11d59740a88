// Suites with commands of their own whose files do not disturb each other: each has a server or a stage to itself.
module.exports = {
  ...require('./jest.config.cjs'),
  testPathIgnorePatterns: [],
};
