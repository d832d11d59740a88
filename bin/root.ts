import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of this package, from sources as well as compiled. */
export const PACKAGE_ROOT = findRoot(__dirname);

function findRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('sluice lies in no package: install it again');
  return findRoot(parent);
}

/** Runs a program so that its whole tree dies with this process; see bin/guard.mjs. */
export const GUARD: readonly string[] = [process.execPath, path.join(PACKAGE_ROOT, 'bin', 'guard.mjs')];

/** The workflows, compiled and bundled by scripts/build.mjs. */
export const WORKFLOW_BUNDLE = path.join(PACKAGE_ROOT, 'dist', 'workflow-bundle.js');
