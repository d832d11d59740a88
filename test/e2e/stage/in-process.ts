import { registerCheck, registerRun } from '../../../bin/run-command';
import type { CliDeps } from '../../../client/commands/deps';
import { buildProgram, runProgram } from '../../../client/commands/program';
import { connectReleases } from '../../../client/releases';
import { outputList } from '../../client/render/output-list';
import type { CliOptions, CliRun } from './cli';

/**
 * One command line as `bin/sluice` runs it, in this process: quicker than a process of its own, and as good for whatever
 * does not start workers. Worker processes and AWS clients of this process know nothing of `env`.
 */
export async function runSluiceHere(args: readonly string[], { cwd, env }: CliOptions): Promise<CliRun> {
  const stdout = outputList();
  const stderr = outputList();
  const deps: CliDeps = {
    version: '0.0.0',
    stdout,
    stderr,
    env,
    cwd,
    connect: connectReleases,
    onInterrupt: () => () => undefined,
    exitNow: (code) => {
      throw new Error(`nobody interrupted it, and it ends with ${code}`);
    },
    now: Date.now,
    exit: { code: 0 },
  };
  const program = buildProgram(deps);
  registerRun(program, deps);
  registerCheck(program, deps);
  const exitCode = await runProgram(program, args, deps);
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}
