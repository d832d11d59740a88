import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GUARD, PACKAGE_ROOT } from '../../../bin/root';
import { startGuarded } from '../../../local/temporal/guarded';

/** `sluice` as a real process. It dies with the test, whatever becomes of that. */
export interface SluiceProcess {
  pid: number;
  /** All that it wrote so far, to stdout and stderr. */
  output: () => string;
  exited: Promise<number>;
  /** To the process alone, as `kill -9 PID` is. One that is gone is no error. */
  signal: (name: 'SIGKILL' | 'SIGINT') => void;
}

export async function startSluice(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): Promise<SluiceProcess> {
  let output = '';
  const program = startGuarded({
    guard: GUARD,
    argv: [process.execPath, path.join(PACKAGE_ROOT, 'bin', 'sluice.mjs'), ...args],
    cwd,
    env,
    onOutput: (piece) => {
      output += piece.toString();
    },
  });
  const pid = await program.pid;
  if (pid === undefined) throw new Error(`sluice ${args.join(' ')} did not start: ${output}`);
  return {
    pid,
    output: () => output,
    exited: program.exited,
    signal: (name) => {
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/** Command lines of the running processes whose arguments or environment hold `text`. Linux only, as the demo's CI is. */
export async function processesWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [command, environment] = await Promise.all(
          ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1')),
        );
        const hit = `${command}\0${environment}`.includes(text);
        return hit && command ? [`${pid} ${command.replaceAll('\0', ' ')}`] : [];
      } catch {
        return []; // gone meanwhile, or another user's
      }
    }),
  );
  return found.flat();
}
