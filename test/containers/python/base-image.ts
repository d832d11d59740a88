import { realpath, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stageRootfs } from '../../../local/containers/rootfs';
import type { RootContent } from '../../../local/containers/rootfs';
import { command } from '../stage/docker';

/** Hands a root file system of this machine's files, as a tar, to `use`. */
export async function withRootTar<T>(content: RootContent, use: (tar: string) => Promise<T>): Promise<T> {
  // As the system names it: links on the way to it would be recreated as well.
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'base-image-')));
  try {
    const [root, tar] = [path.join(directory, 'root'), path.join(directory, 'root.tar')];
    await stageRootfs(root, content);
    await command('tar', ['--owner=0', '--group=0', '-C', root, '-cf', tar, '.']);
    return await use(tar);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Imports it into the Docker daemon under this name. */
export function importBase(name: string, content: RootContent): Promise<string> {
  return withRootTar(content, async (tar) => (await command('docker', ['import', tar, name])).trim());
}

/** Removes an image of the Docker daemon, and all that the older builder derived from it and keeps as its cache. */
export async function removeBase(name: string): Promise<void> {
  const base = await idOf(name);
  for (let left = await derivedFrom(base); left.length > 0; left = await derivedFrom(base)) {
    // One that has others on it cannot go yet; with the last of those it is gone.
    for (const id of left) await command('docker', ['image', 'rm', '--force', id]).catch(() => undefined);
  }
  await command('docker', ['image', 'rm', name]);
}

async function idOf(name: string): Promise<string> {
  return (await command('docker', ['image', 'inspect', '--format', '{{.Id}}', name])).trim();
}

async function derivedFrom(base: string): Promise<string[]> {
  const all = (await command('docker', ['image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n').filter(Boolean);
  const found = await Promise.all(
    [...new Set(all)].map(async (id): Promise<[string, string][]> => {
      const parent = await command('docker', ['image', 'inspect', '--format', '{{.Parent}}', id]).catch(
        () => undefined,
      );
      return parent === undefined ? [] : [[id, parent.trim()]]; // gone meanwhile: others use this daemon too
    }),
  );
  const parents = new Map(found.flat());
  const stands = (id: string): boolean => {
    const parent = parents.get(id);
    return parent !== undefined && (parent === base || stands(parent));
  };
  return [...parents.keys()].filter(stands);
}
