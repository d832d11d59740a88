import type { Command } from 'commander';
import { rollbackId } from '../../model/ids';
import { EXIT } from '../../model/outcome';
import type { RollbackRequest } from '../../model/rollback';
import { isRollbackTarget, PREVIOUS_GOOD } from '../../model/rollback';
import { defaultActor } from '../actor';
import { usageError } from '../errors';
import { writeJson } from '../render/json';
import type { StartedRelease } from '../start-release';
import type { CliDeps } from './deps';
import { show } from './follow';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { PROJECT_OPTION, projectHere } from './project-here';
import type { RehearseOptions } from './rehearse';
import { rehearse, timesOf } from './rehearse';
import { whileWaiting } from './waiting';

interface RollbackOptions extends RehearseOptions {
  environment: string;
  project?: string;
  to: string;
  reason?: string;
  key?: string;
  actor?: string;
  wait?: boolean;
  rehearse?: boolean;
}

/** Part of a workflow id. */
const KEY = /^[\w.-]{1,100}$/;

export function registerRollback(program: Command, deps: CliDeps): void {
  program
    .command('rollback')
    .description('return an environment to what was verified there before: no gates, no build, ahead of all who wait')
    .requiredOption('--environment <name>', 'name of the environment')
    .option('--to <sha>', `a commit that was verified there, or ${PREVIOUS_GOOD}`, PREVIOUS_GOOD)
    .option('--reason <text>', 'why; recorded, and shown while the environment is on hold afterwards')
    .option('--project <name>', PROJECT_OPTION)
    .option('--key <text>', 'repeating a rollback with this key that succeeded does not repeat it')
    .option('--actor <name>', 'who asks (default: git config user.email)')
    .option('--no-wait', 'only ask for it; do not watch it')
    .option('--rehearse', 'find out whether it could be done now, and change nothing')
    .option('--every <duration>', 'with --rehearse: from now on, each such as 24h')
    .option('--cron <line>', 'with --rehearse: from now on, by this cron line, in UTC')
    .option('--unschedule', 'with --rehearse: no longer')
    .addHelpText(
      'after',
      examples(
        "sluice rollback --environment production --reason 'checkout fails'",
        "sluice rollback --environment production --to 1a2b3c4 --reason 'checkout fails'",
        'sluice rollback --environment production --rehearse',
        'sluice rollback --environment production --rehearse --every 24h',
      ),
    )
    .action(handled(deps, (options: RollbackOptions) => rollback(deps, options)));
}

async function rollback(deps: CliDeps, options: RollbackOptions): Promise<number> {
  const { environment, key, json, wait } = options;
  const to = options.to.toLowerCase();
  if (!isRollbackTarget(to)) {
    throw usageError(`--to ${options.to} is neither ${PREVIOUS_GOOD} nor at least 7 digits of a commit.`);
  }
  if (key !== undefined && !KEY.test(key)) throw usageError('--key takes letters, digits and . _ - only.');
  const times = timesOf(options);
  if (!options.rehearse && (times !== undefined || options.unschedule)) {
    throw usageError('--every, --cron and --unschedule go with --rehearse.');
  }
  if (!options.rehearse && options.reason === undefined) {
    throw usageError('--reason is missing: it is recorded, and shown to whoever finds the environment on hold.');
  }
  const project = options.project ?? (await projectHere(deps));
  const actor = options.actor ?? (await defaultActor(deps.cwd));
  const request: RollbackRequest = { project, environment, to, reason: options.reason ?? 'a rehearsal', actor };
  if (options.rehearse) return rehearse(deps, request, options, times);

  const workflowId = rollbackId(project, environment, key ?? to);
  return withReleases(deps, (releases) =>
    whileWaiting(deps, { workflowId, json }, async (signal) => {
      const started = await releases.rollback(request, key);
      if (json) writeJson(deps.stdout, { kind: 'started', ...started });
      else deps.stdout.write(startedText(started, wait));
      // Only now: an interrupt in the middle of the start would leave open whether there is one.
      signal.throwIfAborted();
      return wait === false ? EXIT.ok : show(deps, releases, started, json, signal);
    }),
  );
}

function startedText({ workflowId, attached }: StartedRelease, wait: boolean | undefined): string {
  const what = attached ? `${workflowId} was asked for already; attached to it.` : `Started ${workflowId}.`;
  return wait === false ? `${what}\n  watch it: sluice watch ${workflowId}\n` : `${what}\n`;
}
