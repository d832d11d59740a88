import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
const TOUCH_MS = 5_000;
const ABANDONED_MS = 60_000;

/**
 * Runs `work` while no other process on this machine holds the lock `file`, waiting for its turn as long as it takes.
 * The lock of a process that is gone, or that has not touched it for a minute, is taken over.
 */
export async function withLock(file, work) {
  await mkdir(path.dirname(file), { recursive: true });
  while (!(await take(file))) {
    await dropIfAbandoned(file);
    await sleep(POLL_MS);
  }
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(file, { force: true });
  }
}

async function take(file) {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function dropIfAbandoned(file) {
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
    if (error.code !== 'ENOENT') throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
