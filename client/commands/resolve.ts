import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import { usageError } from '../errors';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { PROJECT_OPTION, projectHere } from './project-here';

interface ResolveOptions {
  json?: boolean;
  environment?: string;
  reason: string;
  project?: string;
  actor?: string;
}

export function registerResolve(program: Command, deps: CliDeps): void {
  program
    .command('resolve')
    .argument('[environment]', 'name of the environment')
    .description('say that an environment on hold was looked after and may take deployments again')
    .option('--environment <name>', 'the same, as the commands beside this one take it')
    .requiredOption('--reason <text>', 'what was done; recorded')
    .option('--project <name>', PROJECT_OPTION)
    .option('--actor <name>', 'who says so (default: git config user.email)')
    .addHelpText('after', examples("sluice resolve production --reason 'service restored by hand'"))
    .action(handled(deps, (name: string | undefined, options: ResolveOptions) => resolve(deps, name, options)));
}

async function resolve(deps: CliDeps, operand: string | undefined, options: ResolveOptions): Promise<number> {
  const name = operand ?? options.environment;
  if (name === undefined)
    throw usageError('Name the environment: sluice resolve --environment <name> --reason <text>.');
  const project = options.project ?? (await projectHere(deps));
  const by = options.actor ?? (await defaultActor(deps.cwd));
  return withReleases(deps, async (releases) => {
    await releases.resolve(project, name, { by, reason: options.reason });
    if (options.json) writeJson(deps.stdout, { project, environment: name, by, reason: options.reason });
    else deps.stdout.write(`${name} of ${project} may take deployments again; recorded as resolved by ${by}.\n`);
    return EXIT.ok;
  });
}
