// `node --require` this to run TypeScript from its sources: for measurements, which are no part of dist/.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { transformSync } = require('@swc/core');

const configFile = require('node:path').join(__dirname, '..', '.swcrc');
Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { configFile, filename, sourceFileName: filename });
  module._compile(code, filename);
};
