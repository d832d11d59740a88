// Compiles the rooms to dist/ and bundles the workflows for the worker. Does nothing when dist/ is what the sources say.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const rooms = ['bin', 'client', 'worker', 'workflows', 'activities', 'model', 'local'];
const bundled = ['workflows', 'model'];
const bundleFile = 'workflow-bundle.js';
const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * Brings `<root>/dist` up to date and tells whether there was anything to do. Everything is built aside and put in place
 * by a rename, by one process at a time: whoever starts meanwhile sees the old dist or the new one, never a mixture.
 */
export async function build(root = packageRoot) {
  if (isFresh(root, read(root))) return false;
  return withLock(path.join(root, '.sluice', 'build.lock'), async () => {
    const sources = read(root);
    if (isFresh(root, sources)) return false; // another process was first
    const next = path.join(root, '.sluice', 'build');
    await rm(next, { recursive: true, force: true });
    await compile(root, sources.files, next);
    await addBundle(root, sources, next);
    await writeFile(path.join(next, '.stamp'), JSON.stringify(sources.stamp));
    await swap(next, path.join(root, 'dist'), path.join(root, '.sluice', 'build.old'));
    return true;
  });
}

/** The files to build, and two hashes: of all that dist depends on, and of all that the workflow bundle does. */
function read(root) {
  const files = rooms.flatMap((room) => list(root, room)).map((file) => [file, readFileSync(path.join(root, file))]);
  const settings = ['.swcrc', 'package.json'].map((file) => [file, readFileSync(path.join(root, file))]);
  const inBundle = files.filter(([file]) => bundled.some((room) => file.startsWith(`${room}/`)));
  return { files, stamp: { all: hash([...settings, ...files]), bundle: hash([...settings, ...inBundle]) } };
}

/** Sources, and what they read from beside them; the programs in bin/ run from where they are. */
function list(root, room) {
  if (!existsSync(path.join(root, room))) return [];
  return readdirSync(path.join(root, room), { recursive: true })
    .map((name) => `${room}/${name}`)
    .filter((file) => /\.(ts|json|mjs)$/.test(file) && !file.endsWith('.d.ts') && !/^bin\/.*\.mjs$/.test(file))
    .sort();
}

function hash(entries) {
  const digest = createHash('sha256');
  for (const [name, content] of entries) digest.update(`${name}\0${content.length}\0`).update(content);
  return digest.digest('hex');
}

function stampOf(root) {
  try {
    return JSON.parse(readFileSync(path.join(root, 'dist', '.stamp'), 'utf8'));
  } catch {
    return undefined; // never built, or by something else
  }
}

function isFresh(root, { stamp }) {
  return stampOf(root)?.all === stamp.all;
}

async function compile(root, files, target) {
  const { transform } = await import('@swc/core');
  const configFile = path.join(root, '.swcrc');
  await Promise.all(
    files.map(async ([file, content]) => {
      const output = path.join(target, file.replace(/\.ts$/, '.js'));
      await mkdir(path.dirname(output), { recursive: true });
      if (!file.endsWith('.ts')) return writeFile(output, content);
      const filename = path.join(root, file);
      const options = { configFile, filename, sourceFileName: filename };
      const { code } = await transform(content.toString(), options).catch((error) => {
        throw new Error(error.message.split('\n\nCaused by:')[0]); // a native backtrace follows
      });
      return writeFile(output, code);
    }),
  );
}

/** Bundling takes longer than all the rest, so a bundle whose own sources are the same is taken over. */
async function addBundle(root, { stamp }, target) {
  const workflowsPath = path.join(target, 'workflows', 'index.js');
  if (!existsSync(workflowsPath)) return;
  const previous = path.join(root, 'dist', bundleFile);
  if (stampOf(root)?.bundle === stamp.bundle && existsSync(previous)) {
    await cp(previous, path.join(target, bundleFile));
    return;
  }
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const complaints = [];
  const quiet = () => undefined;
  const logger = {
    log: quiet,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (text) => complaints.push(text),
  };
  // Paths in the bundle are relative to the context: the same sources give the same bundle, wherever they are built from.
  const webpackConfigHook = (config) => ({ ...config, context: root });
  const { code } = await bundleWorkflowCode({ workflowsPath, logger, webpackConfigHook }).catch((error) => {
    throw new Error([error.message, ...complaints].join('\n'));
  });
  await writeFile(path.join(target, bundleFile), code);
}

async function swap(next, current, old) {
  await rm(old, { recursive: true, force: true });
  if (existsSync(current)) await rename(current, old);
  await rename(next, current);
  await rm(old, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
