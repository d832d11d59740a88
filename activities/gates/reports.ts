import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './remove-tree';

/** More than any test runner writes; each is a file to open. */
const MOST_FILES = 1_000;

export interface Report {
  /** Relative to the checkout. */
  path: string;
  text: string;
}

export type Collected = { ok: true; reports: Report[] } | { ok: false; why: string };

/**
 * Removes the reports before the command that shall write them: what is in the commit, or was left by an attempt that was
 * cut off, says nothing about this run. False when they would lie outside the checkout by way of a symbolic link.
 * `checkout` is a real path, and `pattern` relative to it, with `*` in its last name only.
 */
export async function forgetReports(checkout: string, pattern: string): Promise<boolean> {
  const folder = await realpath(path.dirname(path.join(checkout, pattern))).catch(() => undefined);
  if (folder === undefined) return true; // not there, so nothing is in it
  if (!isWithin(checkout, folder)) return false;
  for (const name of await namesIn(folder, pattern)) await removeTree(path.join(folder, name));
  return true;
}

/**
 * Reads the reports that a command has just written, each at once and from one open file. They are of whoever wrote the
 * code under test: links, pipes, devices, what is too large together and what is older than `since` (milliseconds since
 * the epoch, by the clock of the file system) is refused.
 */
export async function collectReports(
  checkout: string,
  pattern: string,
  { limitBytes, since }: { limitBytes: number; since: number },
): Promise<Collected> {
  const folder = await realpath(path.dirname(path.join(checkout, pattern))).catch(() => undefined);
  if (folder === undefined) return { ok: false, why: 'the command did not write it' };
  if (!isWithin(checkout, folder)) return { ok: false, why: 'it leads out of the checkout' };
  const names = await namesIn(folder, pattern);
  if (names.length === 0) return { ok: false, why: 'the command did not write it' };
  if (names.length > MOST_FILES) return { ok: false, why: `there are more than ${MOST_FILES} of it` };
  const reports: Report[] = [];
  let room = limitBytes;
  for (const name of names) {
    const read = await readReport(path.join(folder, name), { room, limitBytes, since });
    if ('why' in read) return { ok: false, why: read.why };
    room -= read.bytes.length;
    reports.push({
      path: path.posix.join(path.posix.dirname(pattern), name),
      text: read.bytes.toString('utf8').replace(/^\uFEFF/, ''),
    });
  }
  return { ok: true, reports };
}

async function readReport(
  file: string,
  { room, limitBytes, since }: { room: number; limitBytes: number; since: number },
): Promise<{ bytes: Buffer } | { why: string }> {
  // Without O_NONBLOCK a named pipe in its place would be waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: unknown) => error as NodeJS.ErrnoException);
  if (handle instanceof Error) {
    if (handle.code === 'ENOENT') return { why: 'the command did not write it' };
    return { why: handle.code === 'ELOOP' ? 'it is a symbolic link' : 'it cannot be opened' };
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { why: 'it is not a file' };
    if (stat.size > room) return { why: `it has ${stat.size} bytes, more than the ${limitBytes} that are read` };
    if (stat.mtimeMs < since) return { why: 'it is older than the run that should have written it' };
    // Not readFile: a file that grows meanwhile would be read to its end.
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await handle.read(bytes, 0, stat.size, 0);
    return bytesRead === stat.size ? { bytes } : { why: 'it changed while it was read' };
  } finally {
    await handle.close();
  }
}

/** What the last name of the pattern means in this folder, sorted. A name without `*` is itself if it is there, whatever it is. */
async function namesIn(folder: string, pattern: string): Promise<string[]> {
  const wanted = path.posix.basename(pattern);
  const there = await readdir(folder).catch(() => []);
  if (!wanted.includes('*')) return there.filter((name) => name === wanted);
  const parts = wanted.split('*').map((part) => part.replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&'));
  const shape = new RegExp(`^${parts.join('[^/]*')}$`, 's');
  return there.filter((name) => shape.test(name)).sort();
}

function isWithin(root: string, file: string): boolean {
  return file === root || file.startsWith(root + path.sep);
}
