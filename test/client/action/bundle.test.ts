import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../../bin/root';
import { ACTION } from './stage/runner';

const SCRIPT = path.join(PACKAGE_ROOT, 'scripts', 'action.mjs');
const committed = readFileSync(path.join(PACKAGE_ROOT, ACTION.runs.main), 'utf8');

/** What scripts/action.mjs makes of the sources in `root`. */
async function bundleOf(root: string): Promise<string> {
  const program = `const { actionBundle } = await import(process.argv[1]); process.stdout.write(await actionBundle(process.argv[2]));`;
  const args = ['--input-type=module', '--eval', program, pathToFileURL(SCRIPT).href, root];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000, maxBuffer: 1 << 24 });
  return stdout;
}

it('is what its sources make, byte for byte (else run `node scripts/action.mjs`)', async () => {
  expect(await bundleOf(PACKAGE_ROOT)).toBe(committed);
});

it('is the same wherever the clone is', async () => {
  const elsewhere = await mkdtemp(path.join(os.tmpdir(), 'sluice-bundle-'));
  try {
    for (const room of ['client', 'model'])
      await cp(path.join(PACKAGE_ROOT, room), path.join(elsewhere, room), { recursive: true });
    expect(await bundleOf(elsewhere)).toBe(committed);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

it("needs nothing but Node's own modules, and evaluates nothing", () => {
  const required = [...committed.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, name = '']) => name);
  expect(required.length).toBeGreaterThan(0);
  expect(required.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')))).toEqual([]);
  expect(committed).not.toMatch(/\beval\(|new Function\(|child_process/);
});

it('is run by a Node that GitHub has', () => {
  expect(ACTION.runs).toEqual({ using: 'node24', main: 'client/action/bundle.cjs' });
});
