import { execFile } from 'node:child_process';
import path from 'node:path';
import { PACKAGE_ROOT } from '../../../bin/root';

const PROGRAM = path.join(PACKAGE_ROOT, 'bin', 'sluice.mjs');
const LIMIT_MS = 50_000;

export interface CliRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd: string;
  /** All of it: nothing of the tests' own environment goes along but PATH and where the Temporal CLI is. */
  env: Readonly<Record<string, string>>;
  /** Default 50 s. */
  limitMs?: number;
}

/** Runs one command line of `sluice` as a user does: a process of its own, its output in pipes. */
export async function runSluice(
  args: readonly string[],
  { cwd, env, limitMs = LIMIT_MS }: CliOptions,
): Promise<CliRun> {
  const passedOn = ['PATH', 'TEMPORAL_CLI_PATH'].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  // The commit may be anybody's, but who asks is read from Git's configuration.
  const who = { GIT_CONFIG_NOSYSTEM: '1', HOME: cwd };
  const childEnv: NodeJS.ProcessEnv = { ...Object.fromEntries(passedOn), ...who, ...env };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { cwd, env: childEnv, timeout: limitMs },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr });
        else reject(new Error(`sluice ${args.join(' ')} did not end by itself: ${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}
