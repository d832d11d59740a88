import { readdir, readFile } from 'node:fs/promises';

/** Set to a value of its own for each child, and inherited by whatever that child starts. */
export const MARKER_VARIABLE = 'SLUICE_CHILD';

const EMPTY_PASSES = 2;
const PAUSE_MS = 10;
const CEILING_MS = 5_000;

/**
 * Kills every process that carries `marker` in its environment and resolves when none is left: daemons that left their
 * process group (setsid) are found as well. Nothing happens outside Linux, where there is no /proc to look in.
 *
 * A process that also threw its environment away is beyond this; only a namespace or another uid can hold that.
 * Safe to repeat. Rejects when something is still alive after 5 seconds.
 */
export async function endStragglers(marker: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const deadline = Date.now() + CEILING_MS;
  // A process may fork between the listing and the kill, so that one empty pass proves nothing.
  for (let empty = 0; empty < EMPTY_PASSES;) {
    const found = await findMarked(marker);
    for (const pid of found) kill(pid);
    empty = found.length === 0 ? empty + 1 : 0;
    if (found.length === 0) continue;
    if (Date.now() > deadline) throw new Error(`processes ${found.join(', ')} survived SIGKILL for ${CEILING_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function findMarked(marker: string): Promise<number[]> {
  const wanted = `${MARKER_VARIABLE}=${marker}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const carries = await Promise.all(
    pids.map(async (pid) => {
      try {
        return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').includes(wanted);
      } catch {
        return false; // gone meanwhile, or another user's
      }
    }),
  );
  return pids.filter((_, index) => carries[index]).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between the listing and the kill.
  }
}
