import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { PROJECT_OPTION, projectHere } from './project-here';

interface ResumeOptions {
  json?: boolean;
  environment: string;
  reason?: string;
  project?: string;
  actor?: string;
}

export function registerResume(program: Command, deps: CliDeps): void {
  program
    .command('resume')
    .description('let an environment go on after `sluice hold`, or after a rollback by hand')
    .requiredOption('--environment <name>', 'name of the environment')
    .option('--reason <text>', 'recorded')
    .option('--project <name>', PROJECT_OPTION)
    .option('--actor <name>', 'who says so (default: git config user.email)')
    .addHelpText('after', examples("sluice resume --environment production --reason 'migration done'"))
    .action(handled(deps, (options: ResumeOptions) => resume(deps, options)));
}

async function resume(deps: CliDeps, options: ResumeOptions): Promise<number> {
  const { json, environment, reason } = options;
  const project = options.project ?? (await projectHere(deps));
  const by = options.actor ?? (await defaultActor(deps.cwd));
  return withReleases(deps, async (releases) => {
    const state = await releases.resume(project, environment, { by, ...(reason !== undefined && { reason }) });
    if (json) writeJson(deps.stdout, { project, ...state });
    else deps.stdout.write(`${environment} of ${project} goes on; ${state.queue.length} wait(s).\n`);
    return EXIT.ok;
  });
}
