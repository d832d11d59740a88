import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { usageError } from './errors';

/** All of these commands read the local repository only. */
const GIT_LIMIT_MS = 10_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

export interface GitAnswer {
  exitCode: number;
  stdout: string;
  /** The last line of stderr without git's own prefix. */
  complaint: string;
}

/**
 * Runs git with fixed arguments in the user's own repository; never through a shell, never asking for anything.
 * Reads only, so it can be repeated. A git that says no is an answer; a ClientError (exit 2) is thrown where git could not be run.
 */
export async function git(cwd: string, args: readonly string[]): Promise<GitAnswer> {
  const env = { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' };
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: GIT_LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' } as const;
    execFile('git', args, options, (error, stdout, stderr) => {
      const complaint = (stderr.trim().split('\n').at(-1) ?? '').replace(/^(fatal|error): /, '');
      if (error === null) resolve({ exitCode: 0, stdout, complaint });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, complaint });
      else reject(cannotRun(cwd, args, error));
    });
  });
}

function cannotRun(
  cwd: string,
  args: readonly string[],
  error: Error & { code?: string | number | null | undefined; killed?: boolean },
): Error {
  // Node blames the program for a missing folder.
  if (!existsSync(cwd)) return usageError(`There is no folder ${cwd}.`, error);
  if (error.code === 'ENOENT') return usageError('git is not installed, or not on the PATH.', error);
  if (error.killed)
    return usageError(`git ${args[0] ?? ''} in ${cwd} took longer than ${GIT_LIMIT_MS / 1000} s.`, error);
  return usageError(`git cannot be run in ${cwd}: ${error.message}.`, error);
}
