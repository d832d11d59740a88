import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';

/** As the kernel's own limit against loops. */
const MAX_LINKS = 40;

/** The parts of a path as if the root were `/`: `..` cannot leave it. */
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
