import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config-error';
import { ClientError, messageOf } from '../errors';
import { writeJson } from '../render/json';
import { EXIT } from '../../model/outcome';
import { registerAbort } from './abort';
import { registerApprove } from './approve';
import { registerBreakGlass } from './break-glass';
import type { CliDeps } from './deps';
import { registerEnvironments } from './environments';
import type { GlobalOptions } from './handled';
import { examples } from './help';
import { registerHistory } from './history';
import { registerHold } from './hold';
import { registerIam } from './iam';
import { registerList } from './list';
import { registerReject } from './reject';
import { registerResolve } from './resolve';
import { registerResume } from './resume';
import { registerRollback } from './rollback';
import { registerStart } from './start';
import { registerStatus } from './status';
import { registerValidate } from './validate';
import { registerWatch } from './watch';

const EXIT_CODES = `
Exit codes:
  0 released, checked, or done   2 wrong usage or configuration   3 Temporal cannot be reached
  10 gate-failed   11 gate-undetermined   12 image-failed   13 not-approved   14 superseded   15 aborted   16 refused
  20 rolled-back   21 rollback-failed   22 partly-released   23 undetermined   24 terminated   130, 143 interrupted`;

/** The command line without what needs a server or workers in this process: the composition root adds those to it. */
export function buildProgram(deps: CliDeps): Command {
  const program = new Command('sluice')
    .description('Releases Git commits to AWS ECS as durable Temporal workflows.')
    .version(deps.version)
    .option('--json', 'write JSON: one object, or one on each line while something is watched')
    .option('--debug', 'write stack traces of errors')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => deps.stdout.write(text),
      writeErr: (text) => deps.stderr.write(text),
      getOutHelpWidth: () => deps.stdout.columns ?? 120,
      getErrHelpWidth: () => deps.stderr.columns ?? 120,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showHelpAfterError('The same command with --help shows what it takes.')
    .addHelpText('after', examples('sluice validate', 'sluice start --commit HEAD --wait', 'sluice list') + EXIT_CODES);
  registerValidate(program, deps);
  registerStart(program, deps);
  registerStatus(program, deps);
  registerList(program, deps);
  registerWatch(program, deps);
  registerApprove(program, deps);
  registerReject(program, deps);
  registerAbort(program, deps);
  registerRollback(program, deps);
  registerEnvironments(program, deps);
  registerHistory(program, deps);
  registerHold(program, deps);
  registerResume(program, deps);
  registerBreakGlass(program, deps);
  registerResolve(program, deps);
  registerIam(program, deps);
  return program;
}

/** Runs one command line (`argv` without node and script) and returns its exit code; errors become one sentence on stderr. Never throws. */
export async function runProgram(program: Command, argv: readonly string[], deps: CliDeps): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
    return deps.exit.code;
  } catch (error) {
    // Help and version come as errors too, with code 0; commander has written what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error, program.opts<GlobalOptions>(), deps);
  }
}

function reportError(error: unknown, { json, debug }: GlobalOptions, { stdout, stderr }: CliDeps): number {
  const known = error instanceof ClientError;
  const message = known
    ? error.message
    : `Sluice failed in a way it does not know: ${messageOf(error)} (--debug shows where).`;
  const exitCode = known ? error.exitCode : EXIT.internal;
  if (json)
    writeJson(stdout, { error: message, exitCode, ...(error instanceof ConfigError && { problems: error.problems }) });
  stderr.write(`${message}\n`);
  for (let cause: unknown = error; debug && cause instanceof Error; cause = cause.cause)
    stderr.write(`${cause.stack ?? ''}\n`);
  return exitCode;
}
