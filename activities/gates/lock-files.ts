import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LOCK_FILE_NAMES, namesVersions } from '../../model/scanners/lock-files';

/** Those of large repositories have a few megabytes. */
const LARGEST = 64 * 1024 ** 2;

/** Paths of the lock files in a checkout that name at least one version, sorted. Links are not followed. */
export async function lockFilesIn(checkout: string): Promise<string[]> {
  const entries = await readdir(checkout, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || !LOCK_FILE_NAMES.has(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(checkout, file).split(path.sep).join('/');
    const { size } = await stat(file);
    // One that is too large to look into counts: it is not empty.
    if (size > LARGEST || namesVersions(name, await readFile(file, 'utf8'))) found.push(name);
  }
  return found.sort();
}
