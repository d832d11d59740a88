import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const TOUCH_MS = 5_000;
const ABANDONED_MS = 60_000;

type Release = () => Promise<void>;

async function tryLock(file: string): Promise<Release | undefined> {
  await mkdir(path.dirname(file), { recursive: true });
  await dropIfAbandoned(file);
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return undefined;
    throw error;
  }
  const touch = setInterval(() => {
    void utimes(file, new Date(), new Date()).catch(() => undefined);
  }, TOUCH_MS).unref();
  return async () => {
    clearInterval(touch);
    await rm(file, { force: true });
  };
}

/**
 * Runs `work` while nobody else on this machine, in this process or another, holds the lock `file`; waits for its turn
 * until `signal` aborts. The lock of a process that is gone, or that has not touched it for a minute, is taken over.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  let release = await tryLock(file);
  while (!release) {
    await sleep(POLL_MS, undefined, signal && { signal });
    release = await tryLock(file);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

async function dropIfAbandoned(file: string): Promise<void> {
  try {
    const [holder, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const age = Date.now() - mtimeMs;
    // An empty file is one whose holder is between creating and writing it.
    if (holder === '' ? age < TOUCH_MS : isAlive(Number(holder)) && age < ABANDONED_MS) return;
    // Renamed, not removed: only one of several that see it abandoned gets it.
    const mine = `${file}.${process.pid}`;
    await rename(file, mine);
    await rm(mine);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
