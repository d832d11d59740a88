import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';

export const FOLDER_MODE = 0o755;
const EXECUTABLE_BY_OWNER = 0o100;

export interface RootFolder {
  path: string;
  /** Asked for each file and folder below `path` by its relative path. */
  without?: (relative: string) => boolean;
}

/** Copies a file of this machine to the same path below `root`, and recreates every symbolic link on the way to it. */
export async function placeFile(root: string, file: string): Promise<void> {
  const names = file.split('/').filter((name) => name !== '');
  // Always a real path: links are followed here, so that nothing is ever written through one below `root`.
  let at = '/';
  for (const [index, name] of names.entries()) {
    at = path.join(at, name);
    const found = await lstat(at);
    if (found.isSymbolicLink()) {
      const target = await readlink(at);
      await placeLink(root, at, target);
      return placeFile(root, path.resolve(path.dirname(at), target, ...names.slice(index + 1)));
    }
    if (found.isDirectory()) await makeFolder(path.join(root, at));
    else await copy(at, path.join(root, at));
  }
}

/** A link in `root` at the real path `link`; relative, so that it means the same whatever the root is called. */
export async function placeLink(root: string, link: string, target: string): Promise<void> {
  const relative = path.isAbsolute(target) ? path.relative(path.dirname(link), target) : target;
  await symlink(relative, path.join(root, link)).catch((error: unknown) => {
    // Two ways to a file may pass the same link.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/** Copies a folder likewise; answers the shared objects in it. */
export async function placeFolder(
  root: string,
  { path: folder, without = () => false }: RootFolder,
): Promise<string[]> {
  await placeFile(root, folder);
  const objects: string[] = [];
  const descend = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
      const relative = path.join(below, entry.name);
      const full = path.join(folder, relative);
      if (without(relative)) continue;
      await placeFile(root, full);
      if (entry.isDirectory()) await descend(relative);
      else if (/\.so(?:\.\d+)*$/.test(entry.name)) objects.push(full);
    }
  };
  await descend('');
  return objects;
}

/** Modes are set, since those that are asked for at the making depend on the umask. */
export async function makeFolder(folder: string, mode = FOLDER_MODE): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
  if (isNew) await chmod(folder, mode);
}

async function copy(from: string, to: string): Promise<void> {
  const { mode, atime, mtime } = await lstat(from);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode & EXECUTABLE_BY_OWNER ? 0o755 : 0o644);
  await utimes(to, atime, mtime); // Python's byte code is of use only while its source has the time that it names
}
