import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { lastLines } from '../../../activities/process/last-lines';
import { GUARD, PACKAGE_ROOT } from '../../../bin/root';
import { startGuarded } from '../../../local/temporal/guarded';
import { waitForLock } from '../../../local/temporal/lock';

/** What a test's set-up must allow for: the Temporal server takes three minutes on two cores, and more on busy ones. */
export const INSTALL_LIMIT_MS = 30 * 60_000;

/** Programs of a Go module at one version, as `go install` makes them. */
export interface GoTool {
  module: string;
  version: string;
  /** The package's folder in the module, empty for its root; its last part names the program. */
  package: string;
  /** Name of the program, for a package in the module's root. */
  program?: string;
}

/**
 * The path of the program, built with the `go` on PATH and its own caches, and kept under `.sluice/tools` for the next run.
 * Rejects with the last lines of what Go said.
 */
export async function goTool(tool: GoTool): Promise<string> {
  const { module, version } = tool;
  const target = [module, tool.package].filter((part) => part !== '').join('/');
  const name = target.replaceAll(/[^\w.-]+/g, '-');
  const folder = path.join(PACKAGE_ROOT, '.sluice', 'tools', `${name}@${version}`);
  const program = path.join(folder, tool.program ?? path.basename(tool.package));
  if (existsSync(program)) return program;
  const signal = AbortSignal.timeout(INSTALL_LIMIT_MS);
  const unlock = await waitForLock(`${folder}.lock`, signal);
  try {
    if (!existsSync(program)) await install(`${target}@${version}`, folder, signal);
  } finally {
    await unlock();
  }
  return program;
}

/** The folder in Go's module cache that holds a module's own files. */
export async function goModuleFolder({ module, version }: GoTool): Promise<string> {
  const options = { timeout: INSTALL_LIMIT_MS, cwd: '/' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${module}@${version}`], options);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function install(what: string, folder: string, signal: AbortSignal): Promise<void> {
  const aside = `${folder}.partial`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  let output = '';
  const build = startGuarded({
    guard: GUARD,
    argv: ['go', 'install', what],
    cwd: aside,
    env: { ...Object.fromEntries(inherited), GOBIN: aside, GOFLAGS: '-p=2' },
    onOutput: (piece) => (output += piece.toString()),
  });
  const kill = (): void => build.kill();
  signal.addEventListener('abort', kill, { once: true });
  const code = await build.exited;
  signal.removeEventListener('abort', kill);
  if (code !== 0) throw new Error(`go install ${what} ended with ${code}:\n${lastLines(output)}`);
  await rename(aside, folder);
}
