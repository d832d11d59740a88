// Writes docs/release.schema.json, the JSON Schema of release.yml for editors, from the schema that Sluice parses with:
//
//   node scripts/schema.mjs
//
// A test fails when the file is not what this would write.
import { transformSync } from '@swc/core';
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';

Module._extensions['.ts'] = (module, file) => {
  const { code } = transformSync(readFileSync(file, 'utf8'), { filename: file });
  module._compile(code, file);
};
const require = createRequire(import.meta.url);
const { releaseJsonSchemaText } = require('../model/config/json-schema.ts');

const target = new URL('../docs/release.schema.json', import.meta.url);
writeFileSync(target, releaseJsonSchemaText());
console.log(`wrote ${target.pathname}`);
