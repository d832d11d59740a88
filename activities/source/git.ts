import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { childEnvironment } from '../process/environment';
import { runProcess } from '../process/run';
import { runQuickly } from '../process/run-quickly';
import type { QuickOptions, QuickResult } from '../process/run-quickly';
import { SourceError } from './source-error';

const TAIL_BYTES = 4_096;
const STDOUT_LIMIT_BYTES = 64_000_000;

/** These ask another repository, by programs that Git starts and that may hang; all else asks our own mirror, and ends. */
const ASKS_ELSEWHERE = new Set(['fetch']);

/** Only these transports, no hooks, no commands from attributes, no work in the background that would outlive the call. */
const configuration = `[protocol]
	allow = never
[protocol "https"]
	allow = always
[protocol "ssh"]
	allow = always
[protocol "file"]
	allow = always
[core]
	hooksPath = /dev/null
	fsmonitor = false
	attributesFile = /dev/null
[safe]
	directory = *
[submodule]
	recurse = false
[gc]
	autoDetach = false
[maintenance]
	autoDetach = false
[transfer]
	bundleURI = false
`;

export interface GitOptions {
  /** Holds mirrors, Git's configuration and its HOME; of this worker's user alone. */
  workDir: string;
  guard: readonly string[];
  /** For one Git command. */
  gitTimeoutMs: number;
}

export interface GitResult {
  exitCode: number;
  stdout: Buffer;
  /** The end of stderr. */
  stderr: string;
}

export interface GitCall {
  gitDir: string;
  /** Git's own files elsewhere: the index of a checkout. */
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/** Runs one Git command in a repository. An exit code is an answer; a command that takes too long throws `unreachable`. */
export type Git = (args: readonly string[], call: GitCall) => Promise<GitResult>;

/**
 * Git with nothing of the user's or the machine's configuration, and nobody to ask for a password. The configuration is
 * a file rather than a list of `-c`, because Git hands those on to no process that it starts for another repository.
 */
export function createGit({ workDir, guard, gitTimeoutMs }: GitOptions): Git {
  const home = path.join(workDir, 'git-home');
  const configFile = path.join(home, 'gitconfig');
  let prepared: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const partial = `${configFile}.${process.pid}`;
    await writeFile(partial, configuration);
    await rename(partial, configFile);
  };

  return async (args, { gitDir, env = {}, signal }) => {
    await (prepared ??= prepare());
    const [command = ''] = args;
    const run = ASKS_ELSEWHERE.has(command) ? runGuarded : runQuickly;
    const result = await run({
      argv: ['git', '--git-dir', gitDir, ...args],
      cwd: home,
      env: childEnvironment({ home, tmp: home, extra: { ...gitVariables(configFile), ...env } }),
      guard,
      timeoutMs: gitTimeoutMs,
      stdoutLimitBytes: STDOUT_LIMIT_BYTES,
      tailBytes: TAIL_BYTES,
      ...(signal && { signal }),
    });
    if (result.timedOut) {
      throw new SourceError('unreachable', `\`git ${command}\` was not done after ${gitTimeoutMs / 1000} s`);
    }
    if (result.exitCode === 127) throw new Error('git is needed and was not found on PATH: install it');
    if (result.stdout === undefined)
      throw new Error(`\`git ${command}\` answered more than ${STDOUT_LIMIT_BYTES} bytes`);
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.tail };
  };
}

async function runGuarded(options: QuickOptions & { guard: readonly string[] }): Promise<QuickResult> {
  const pieces: Buffer[] = [];
  let size = 0;
  const { exitCode, timedOut, tail } = await runProcess({
    ...options,
    outputLimitBytes: 0,
    onStdout: (piece) => {
      size += piece.length;
      if (size <= options.stdoutLimitBytes) pieces.push(piece);
    },
  });
  return { exitCode, timedOut, tail, stdout: size > options.stdoutLimitBytes ? undefined : Buffer.concat(pieces) };
}

function gitVariables(configFile: string): Record<string, string> {
  const agent = process.env['SSH_AUTH_SOCK'];
  return {
    GIT_CONFIG_GLOBAL: configFile,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C', // its messages are told apart below
    ...(agent !== undefined && { SSH_AUTH_SOCK: agent }),
  };
}
