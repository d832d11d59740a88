import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import { writeJson } from '../render/json';
import { moment } from '../render/moment';
import type { CliDeps } from './deps';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { holdUntil } from './hold-until';
import { PROJECT_OPTION, projectHere } from './project-here';

interface HoldOptions {
  json?: boolean;
  environment: string;
  reason: string;
  until?: string;
  for?: string;
  project?: string;
  actor?: string;
}

export function registerHold(program: Command, deps: CliDeps): void {
  program
    .command('hold')
    .description(
      'stop the line of an environment: what is in flight finishes, nothing new begins, a rollback still goes',
    )
    .requiredOption('--environment <name>', 'name of the environment')
    .requiredOption('--reason <text>', 'why; everybody who waits reads it')
    .option('--until <time>', 'when it ends by itself, such as 2026-11-24T08:00Z (default: with `sluice resume` only)')
    .option('--for <duration>', 'how long, such as 2h')
    .option('--project <name>', PROJECT_OPTION)
    .option('--actor <name>', 'who says so (default: git config user.email)')
    .addHelpText('after', examples("sluice hold --environment production --reason 'database migration' --for 2h"))
    .action(handled(deps, (options: HoldOptions) => hold(deps, options)));
}

async function hold(deps: CliDeps, options: HoldOptions): Promise<number> {
  const { json, environment, reason } = options;
  const until = holdUntil(options, deps.now());
  const project = options.project ?? (await projectHere(deps));
  const by = options.actor ?? (await defaultActor(deps.cwd));
  return withReleases(deps, async (releases) => {
    const message = { by, reason, ...(until !== undefined && { until }) };
    const state = await releases.hold(project, environment, message);
    if (json) writeJson(deps.stdout, { project, ...state });
    else {
      const end = until === undefined ? '' : ` until ${moment(until)}`;
      const finishing = state.current ? `\n  in flight, and finishes: ${state.current.releaseId}` : '';
      deps.stdout.write(
        `${environment} of ${project} is on hold${end}; ${state.queue.length} wait(s).${finishing}\n` +
          `  go on: sluice resume --environment ${environment} --project ${project}\n`,
      );
    }
    return EXIT.ok;
  });
}
