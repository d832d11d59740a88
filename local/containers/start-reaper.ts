import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CLOSES_WITHIN_MS = 90_000;

export interface Reaper {
  /** Resolves once the leftovers of earlier instances are gone. Rejects when the reaper cannot be run. */
  ready: Promise<void>;
  /** An image that is about to be pulled, and to be removed in the end. */
  willPull(image: string): void;
  /** Removes all of the instance's containers and images. Rejects with one sentence when something may be left. */
  close(): Promise<void>;
}

/**
 * Starts `reaper.mjs`, which cleans up after `instance` when it is told to, or when this process is gone. It has a session
 * of its own, so that what ends us does not end it.
 */
export function startReaper(socketPath: string, instance: string): Reaper {
  const program = path.join(__dirname, 'reaper.mjs');
  const child = spawn(process.execPath, [program, socketPath, instance], {
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push(line));
  const exited = new Promise<number | string | null>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', resolve);
  });
  const ready = Promise.race([once(lines, 'line'), exited]).then(() => {
    if (said[0] !== 'ready') throw new Error('The program that removes leftover containers cannot be run.');
  });
  ready.catch(() => undefined);
  return {
    ready,
    willPull: (image) => void child.stdin.write(`image ${image}\n`),
    async close() {
      const tooLate = setTimeout(() => child.kill('SIGKILL'), CLOSES_WITHIN_MS);
      child.stdin.end('close\n');
      const outcome = await exited;
      clearTimeout(tooLate);
      if (outcome === 0) return;
      const problem = said.at(-1) ?? String(outcome);
      throw new Error(`Containers or images of the local AWS may be left in Docker at ${socketPath}: ${problem}.`);
    },
  };
}
