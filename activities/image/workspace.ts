import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Runs `work` in a new empty directory and removes it afterwards. Each attempt has its own: the one before may have
 * been given up by Temporal and still be running.
 */
export async function inOwnDirectory<T>(
  parent: string,
  prefix: string,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, prefix));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
