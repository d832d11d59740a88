import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkCli } from './check-cli';
import { downloadCli } from './download';
import { goInstallCli } from './go-install';
import { tryLock, waitForLock } from './lock';

/** Has server 1.29, which the tests and measurements of this project were made with. */
export const CLI_VERSION = 'v1.5.1';

export interface InstallOptions {
  /** Where the binary goes, as `temporal`. */
  cacheDir: string;
  guard: readonly string[];
  env: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  /** Of the download service; for tests. */
  origin?: string;
  signal?: AbortSignal;
}

/**
 * Puts the Temporal CLI into our cache, downloaded or else built from source, and answers its path; or says, way by
 * way, why it could not. One process installs, others wait for it; the binary appears whole or not at all.
 */
export async function installCli(options: InstallOptions): Promise<{ path: string } | { failed: string[] }> {
  const { cacheDir, guard, env, onProgress, signal } = options;
  const target = path.join(cacheDir, 'temporal');
  const lock = path.join(cacheDir, 'install.lock');
  let release = await tryLock(lock);
  if (!release) {
    onProgress('waiting for another process, which is installing the Temporal CLI');
    release = await waitForLock(lock, signal);
  }
  try {
    if ((await checkCli(target)).usable) return { path: target }; // another process was first
    const putInPlace = async (binary: string): Promise<void> => {
      const check = await checkCli(binary);
      if (!check.usable) throw new Error(`what came ${check.why}`);
      await rename(binary, target);
    };
    const failed: string[] = [];
    const attempt = async (name: string, install: () => Promise<void>): Promise<boolean> => {
      try {
        await install();
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        failed.push(`${name}: ${explain(error)}`);
        return false;
      }
    };

    onProgress(`downloading the Temporal CLI ${CLI_VERSION}, once`);
    const downloaded = await attempt('download from temporal.download', async () => {
      const partial = path.join(cacheDir, 'temporal.download');
      try {
        await downloadCli({ ...options, version: CLI_VERSION, target: partial });
        await putInPlace(partial);
      } finally {
        await rm(partial, { force: true });
      }
    });
    if (downloaded) return { path: target };

    onProgress(`building the Temporal CLI ${CLI_VERSION} with Go: about 2.5 minutes and 3.5 GB of disk, once`);
    const scratch = path.join(cacheDir, 'go-install');
    const built = await attempt('go install', () =>
      goInstallCli({ version: CLI_VERSION, scratch, guard, env, ...(signal && { signal }) }, putInPlace),
    );
    return built ? { path: target } : { failed };
  } finally {
    await release();
  }
}

/** fetch says only "fetch failed"; the reason is in its cause. */
function explain(error: unknown): string {
  const { message = String(error), cause } = error as { message?: string; cause?: { message?: string } };
  return cause?.message ? `${message} (${cause.message})` : message;
}
