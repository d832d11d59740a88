// Writes client/action/bundle.cjs, the one file that action.yml runs, from the sources in client/action:
//
//   node scripts/action.mjs
//
// The same sources give the same bytes, wherever the clone is. A test fails when the file is not what this would write.
import { build } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const HEAD =
  '// Made by scripts/action.mjs from client/action/main.ts: change those, then run `node scripts/action.mjs`.';

/** The text of the bundle. It holds nothing but Sluice's own code: an import of any package fails. */
export async function actionBundle(root) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['client/action/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    // GitHub runs it on Node 24 (action.yml); our own floor can run it too.
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: HEAD },
    logLevel: 'silent',
    // Whatever tsconfig.json lies around has no say in it.
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  });
  const foreign = Object.keys(metafile.inputs).filter((file) => !/^(client|model)\//.test(file));
  if (foreign.length > 0) throw new Error(`the action's bundle would hold ${foreign.join(', ')}`);
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = path.join(root, 'client', 'action', 'bundle.cjs');
  await writeFile(target, await actionBundle(root));
  console.log(`wrote ${target}`);
}
