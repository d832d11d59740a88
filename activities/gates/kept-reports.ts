import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './remove-tree';

/** Keeps a report below `folder`, readable by this user alone. `name` is relative, and was read from a checkout. */
export async function keepReport(folder: string, name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}

/**
 * Copies kept reports into a checkout in place of what it has under their names. Those that name files by the checkout
 * `made`, where they were written, name them in this one afterwards. What a link of the commit leads elsewhere is left out.
 */
export async function restoreReports(folder: string, checkout: string, made: string | undefined): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile())) {
    const name = path.relative(folder, path.join(entry.parentPath, entry.name));
    if (!(await isPlain(checkout, path.dirname(name)))) continue;
    const target = path.join(checkout, name);
    await removeTree(target);
    await mkdir(path.dirname(target), { recursive: true });
    const text = await readFile(path.join(folder, name), 'utf8');
    await writeFile(target, made === undefined ? text : text.replaceAll(made, checkout), { flag: 'wx' });
  }
}

/** Whether every part of that folder's path is a folder, or nothing yet. */
async function isPlain(root: string, folder: string): Promise<boolean> {
  let at = root;
  for (const part of folder.split(path.sep)) {
    at = path.join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) return true;
    if (!found.isDirectory()) return false;
  }
  return true;
}
