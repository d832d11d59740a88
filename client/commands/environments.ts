import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import type { EnvironmentFilter } from '../environments';
import { environmentReports } from '../render/environment-report';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples } from './help';

export function registerEnvironments(program: Command, deps: CliDeps): void {
  program
    .command('environments')
    .description('show what runs where, who waits there and why, and what is held or frozen')
    .option('--project <name>', 'of this project only')
    .option('--environment <name>', 'of this name only')
    .option('--look', 'let each look at what runs first: is it still what was last verified?')
    .addHelpText(
      'after',
      examples('sluice environments', 'sluice environments --project shop-api --look', 'sluice environments --json'),
    )
    .action(
      handled(deps, async ({ json, look = false, ...given }: EnvironmentFilter & GlobalOptions & { look?: boolean }) =>
        withReleases(deps, async (releases) => {
          const found = await releases.environments(environmentFilter(given), look);
          if (json) writeJson(deps.stdout, found);
          else deps.stdout.write(environmentReports(found, deps.now()));
          return EXIT.ok;
        }),
      ),
    );
}

/** Only what was given: commander's options have more in them. */
export function environmentFilter({ project, environment }: EnvironmentFilter): EnvironmentFilter {
  return { ...(project !== undefined && { project }), ...(environment !== undefined && { environment }) };
}
