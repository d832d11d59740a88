// Makes a fresh clone ready to run: dependencies as package-lock.json says, then dist/. Silent when there is nothing to do.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { requireNode } from './node-version.mjs';

const INSTALL_LIMIT_MS = 15 * 60_000;
const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * Safe to repeat, and safe when several processes start together: one works, the others wait for it.
 * In a copy that npm installed as a dependency of something else, the dependencies are npm's affair: only dist/ is made.
 */
export async function ready(root = packageRoot) {
  requireNode();
  if (isClone(root) && !isInstalled(root)) {
    await withLock(path.join(root, '.sluice', 'ready.lock'), async () => {
      if (!isInstalled(root)) await install(root);
    });
  }
  const { build } = await import('./build.mjs');
  await build(root);
}

/** A `node_modules` that is a link is somebody else's: npm would empty it through the link. */
function isClone(root) {
  const linked = lstatSync(path.join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return !linked && existsSync(path.join(root, 'package-lock.json')) && !root.split(path.sep).includes('node_modules');
}

function stampFile(root) {
  return path.join(root, 'node_modules', '.sluice-ready');
}

/** Whether node_modules is what package-lock.json asks for, whoever installed it. */
function isInstalled(root) {
  const wanted = lockHash(root);
  if (readText(stampFile(root)) === wanted) return true;
  if (!agrees(root)) return false;
  writeFileSync(stampFile(root), wanted);
  return true;
}

/** Compares the lock with npm's own record of what it installed, which leaves out optional packages of other platforms. */
function agrees(root) {
  const record = readText(path.join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(JSON.parse(readText(path.join(root, 'package-lock.json'))).packages).every(([name, wanted]) => {
    if (name === '') return true;
    const found = installed[name];
    return found === undefined ? wanted.optional || wanted.devOptional : found.integrity === wanted.integrity;
  });
}

async function install(root) {
  process.stderr.write('installing dependencies (once, about a minute)\n');
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const options = [
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--no-update-notifier',
    '--loglevel=error',
  ];
  const [command, ...args] = [...npm, 'ci', ...options];
  const { code, output } = await run(command, args, root);
  if (code !== 0) {
    process.stderr.write(
      `${output}\`npm ci\` failed in ${root}: see the lines above; the same command can be run again.\n`,
    );
    process.exit(code);
  }
  writeFileSync(stampFile(root), lockHash(root));
}

function run(command, args, cwd) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_LIMIT_MS });
    child.stdout.on('data', (piece) => (output += piece));
    child.stderr.on('data', (piece) => (output += piece));
    child.once('error', (error) => resolve({ code: 1, output: `${command}: ${error.message}\n` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function lockHash(root) {
  return createHash('sha256')
    .update(readText(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ready();
