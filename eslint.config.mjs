// One rule set for all rooms, then the import rules of the design, room by room.
import tseslint from 'typescript-eslint';
import { builtinModules } from 'node:module';

const rooms = ['model', 'workflows', 'activities', 'worker', 'client', 'local', 'bin', 'test'];

/** What each room may import, of ours. `types` may be imported with `import type` only. */
const mayImport = {
  model: { values: [], types: [] },
  workflows: { values: ['model'], types: ['activities'] },
  activities: { values: ['model'], types: [] },
  worker: { values: ['model', 'activities', 'workflows'], types: [] },
  client: { values: ['model', 'workflows'], types: [] },
  local: { values: [], types: [] },
};

const outside = {
  model: ['@temporalio/*', '@aws-sdk/*', ...builtinModules.filter((m) => m !== 'crypto'), 'node:*', '!node:crypto'],
  workflows: [
    '@aws-sdk/*',
    '@temporalio/client',
    '@temporalio/worker',
    '@temporalio/activity',
    ...builtinModules,
    'node:*',
  ],
};

/** Import patterns (as ESLint's no-restricted-imports reads them) that keep `room` to its rule. */
function importRule(room) {
  const { values, types } = mayImport[room];
  const patterns = rooms
    .filter((other) => other !== room && !values.includes(other))
    .map((other) => ({
      regex: `^(\\.\\./)+${other}/`,
      message: `${room}/ may not import ${other}/ (design section 3).`,
      allowTypeImports: types.includes(other),
    }));
  if (outside[room]) patterns.push({ group: outside[room], message: `${room}/ stays free of I/O (design section 3).` });
  if (room === 'workflows') {
    // A workflow's bundle must hold only deterministic code; messages are the one file that clients share.
    patterns.push({ group: ['zod', 'yaml'], message: 'Parsing belongs in activities; workflows get parsed values.' });
  }
  if (room === 'client') {
    patterns.push({
      regex: '^(\\.\\./)+workflows/(?!messages)',
      message: "client/ may import only the workflows' messages (design section 3).",
      allowTypeImports: true,
    });
  }
  return { files: [`${room}/**/*.ts`], rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

export default tseslint.config(
  { ignores: ['dist/**', '.sluice/**', 'node_modules/**', 'examples/**', 'client/action/bundle.cjs'] },
  { files: ['**/*.ts'], extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Records come from JSON of other systems: `record['key']` says "may be absent" where `record.key` would not.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unified-signatures': 'off',
    },
  },
  ...Object.keys(mayImport).map(importRule),
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/require-await': 'off' },
  },
);
