import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix, relative } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Extract } from 'tar-stream';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Reading and writing tear each other down; this is how the one that was torn down sounds. */
const ECHO = /Premature close|Stream was destroyed/;

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

/**
 * Applies one layer (tar, plain or gzip) to the directory `root`, whiteouts included. Nothing is written outside of it.
 * Owners, times, devices and set-user-id bits are left out: tasks run as the user of this process.
 * Throws an Error when the content is not what `diffId` (the digest of the tar) says.
 */
export async function applyLayer(file: string, root: string, diffId: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const tar = extract();
  const reading = pipeline([createReadStream(file), ...(await decompressors(file)), tap, tar]);
  const outcomes = await Promise.allSettled([reading, applyEntries(tar, root)]);
  const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  if (failures.length > 0) throw new Error(failures.find((failure) => !ECHO.test(failure)) ?? failures[0]);
  const digest = `sha256:${hash.digest('hex')}`;
  if (diffId !== undefined && digest !== diffId) {
    throw new Error(`a layer's content is ${digest}, the image's config says ${diffId}`);
  }
}

async function applyEntries(entries: AsyncIterable<Entry>, root: string): Promise<void> {
  /** What this layer put where, with all directories on the way; relative to the root. */
  const added = new Set<string>();
  for await (const entry of entries) {
    const name = basename(entry.header.name);
    if (name === OPAQUE) await removeLower(dirname(await placeInRoot(root, entry.header.name)), root, added);
    else if (name.startsWith(WHITEOUT)) await whiteout(entry.header.name, root, added);
    else await applyEntry(entry, await placeInRoot(root, entry.header.name), root, added);
    entry.resume();
  }
}

async function applyEntry(entry: Entry, place: string, root: string, added: Set<string>): Promise<void> {
  const { type, mode, linkname } = entry.header;
  for (let path = place; path !== root; path = dirname(path)) added.add(relative(root, path));
  await mkdir(dirname(place), { recursive: true });
  const before = await look(place);
  if (before && place !== root && !(before.isDirectory() && type === 'directory')) await rm(place, { recursive: true });

  if (type === 'directory') {
    await mkdir(place, { recursive: true });
    await chmod(place, (mode & 0o777) | 0o700);
  } else if (type === 'file' || type === 'contiguous-file') {
    await writeFile(place, entry as AsyncIterable<Buffer>, { flag: 'wx' });
    await chmod(place, mode & 0o777);
  } else if (type === 'symlink') {
    await symlink(linkTarget(root, place, linkname), place);
  } else if (type === 'link') {
    await link(await placeInRoot(root, linkname), place);
  }
}

async function whiteout(path: string, root: string, added: Set<string>): Promise<void> {
  const hidden = await placeInRoot(root, join(dirname(path), basename(path).slice(WHITEOUT.length)));
  if (hidden === root) return;
  if (added.has(relative(root, hidden))) await removeLower(hidden, root, added);
  else await rm(hidden, { recursive: true, force: true });
}

/** Removes what lower layers put into a directory and leaves what this layer did: the order of entries in a layer is free. */
async function removeLower(directory: string, root: string, added: Set<string>): Promise<void> {
  if (!(await look(directory))?.isDirectory()) return;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (added.has(relative(root, path))) await removeLower(path, root, added);
    else await rm(path, { recursive: true });
  }
}

async function decompressors(file: string): Promise<NodeJS.ReadWriteStream[]> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.subarray(0, 4).equals(ZSTD)) throw new Error('zstd layers are not supported by the local AWS; use gzip');
    return buffer.subarray(0, 2).equals(GZIP) ? [createGunzip()] : [];
  } finally {
    await handle.close();
  }
}

/** As the kernel's own limit against loops. */
const MAX_LINKS = 40;

/** As if the root were `/`: `..` cannot leave it. */
export function partsInRoot(path: string): string[] {
  return posix.normalize(`/${path}`).split('/').filter(Boolean);
}

/**
 * Where an entry of a layer goes: its directory is followed through the image's own links as if `root` were `/`
 * (so a link to `/etc` means the image's `/etc`), its last part is not followed. Throws an Error on a loop of links.
 */
export async function placeInRoot(root: string, path: string): Promise<string> {
  const parts = partsInRoot(path);
  const name = parts.pop();
  if (name === undefined) return root;
  const resolved: string[] = [];
  let links = 0;
  while (parts.length > 0) {
    const part = parts.shift() ?? '';
    const here = join(root, ...resolved, part);
    const target = await readlink(here).catch(() => undefined);
    if (target === undefined) {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new Error(`too many links on the way to ${path}`);
    const rest = partsInRoot(posix.join(target.startsWith('/') ? '/' : `/${resolved.join('/')}`, target));
    resolved.length = 0;
    parts.unshift(...rest);
  }
  return join(root, ...resolved, name);
}

/**
 * What a symbolic link at `place` must say so that it stays in `root` when a process without a root of its own follows it:
 * the same target, relative, without detours, and never above the root.
 */
export function linkTarget(root: string, place: string, target: string): string {
  const directory = dirname(place);
  const from = target.startsWith('/') ? '/' : `/${relative(root, directory)}`;
  return relative(directory, join(root, ...partsInRoot(posix.join(from, target)))) || '.';
}

/** lstat, or undefined when there is nothing. */
export async function look(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch(() => undefined);
}
