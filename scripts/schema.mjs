// Writes docs/release.schema.json and docs/policy.schema.json, the JSON Schemas of release.yml and policy.yml for editors,
// from the schemas that Sluice parses with:
//
//   node scripts/schema.mjs
//
// A test fails when a file is not what this would write.
import { transformSync } from '@swc/core';
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';

Module._extensions['.ts'] = (module, file) => {
  const { code } = transformSync(readFileSync(file, 'utf8'), { filename: file });
  module._compile(code, file);
};
const require = createRequire(import.meta.url);
const { releaseJsonSchemaText } = require('../model/config/json-schema.ts');
const { policyJsonSchemaText } = require('../model/policy/json-schema.ts');

for (const [name, text] of [
  ['release.schema.json', releaseJsonSchemaText()],
  ['policy.schema.json', policyJsonSchemaText()],
]) {
  const target = new URL(`../docs/${name}`, import.meta.url);
  writeFileSync(target, text);
  console.log(`wrote ${target.pathname}`);
}
