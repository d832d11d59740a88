import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkCli } from './check-cli';
import { installCli } from './install';

export interface FindOptions {
  guard: readonly string[];
  onProgress: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** Of the download service; for tests. */
  origin?: string;
  signal?: AbortSignal;
}

/**
 * The path of a Temporal CLI that runs here: the one TEMPORAL_CLI_PATH names, the one on PATH, the one in our cache, or
 * else one that is installed there now, which may take minutes and is announced by `onProgress`. A CLI that is there but
 * of no use is passed over with a line as well. Throws one Error that lists what was tried and says what to do.
 */
export async function findTemporal(options: FindOptions): Promise<string> {
  const { env = process.env, onProgress } = options;
  const cacheDir = cacheFolder(env);
  const tried: string[] = [];
  for (const { name, file } of candidates(env, cacheDir)) {
    if (file === undefined) {
      tried.push(`${name}: ${name === 'PATH' ? 'no `temporal` there' : 'not set'}`);
      continue;
    }
    const check = await checkCli(file);
    if (check.usable) return file;
    tried.push(`${name}: ${file} ${check.why}`);
    if (name !== 'cache' || existsSync(file)) onProgress(`passing over ${file}: it ${check.why}`);
  }
  try {
    const installed = await installCli({ ...options, env, cacheDir });
    if ('path' in installed) return installed.path;
    tried.push(...installed.failed);
  } catch (error) {
    options.signal?.throwIfAborted();
    tried.push(`install to ${cacheDir}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new Error(
    [
      'No Temporal CLI could be found or installed. Tried:',
      ...tried.map((line) => `  - ${line}`),
      'Install it (https://docs.temporal.io/cli#install) and put it on PATH, or name it in TEMPORAL_CLI_PATH.',
    ].join('\n'),
  );
}

function candidates(env: NodeJS.ProcessEnv, cacheDir: string): { name: string; file: string | undefined }[] {
  const onPath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, 'temporal'))
    .filter((file) => existsSync(file));
  return [
    { name: 'TEMPORAL_CLI_PATH', file: env['TEMPORAL_CLI_PATH'] },
    ...(onPath.length > 0 ? onPath : [undefined]).map((file) => ({ name: 'PATH', file })),
    { name: 'cache', file: path.join(cacheDir, 'temporal') },
  ];
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG base directory specification: a relative path is to be ignored.
  return path.join(base && path.isAbsolute(base) ? base : path.join(env['HOME'] ?? os.homedir(), '.cache'), 'sluice');
}
