import type { Command } from 'commander';
import { shortCommit } from '../../model/commit';
import type { DeploymentOutcome } from '../../model/messages';
import { EXIT } from '../../model/outcome';
import type { EnvironmentFilter, EnvironmentReports } from '../environments';
import { writeJson } from '../render/json';
import { moment } from '../render/moment';
import { oneLine } from '../render/sentences';
import { textTable } from '../render/table';
import type { CliDeps } from './deps';
import { environmentFilter } from './environments';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { wholeNumber } from './whole-number';

/** More than all environments of a team remember. */
const MOST = 1_000;

/** One end, with the place that it happened in. */
type PastDeployment = DeploymentOutcome & { project: string };

export function registerHistory(program: Command, deps: CliDeps): void {
  program
    .command('history')
    .description('list how the last deployments of each environment ended, newest first')
    .option('--project <name>', 'of this project only')
    .option('--environment <name>', 'of environments of this name only')
    .option('--limit <n>', `how many at most, up to ${MOST}`, wholeNumber(MOST), 20)
    .addHelpText(
      'after',
      examples('sluice history --environment production', 'sluice history --project shop-api --limit 50 --json'),
    )
    .action(
      handled(deps, async ({ json, limit, ...given }: EnvironmentFilter & GlobalOptions & { limit: number }) =>
        withReleases(deps, async (releases) => {
          const found = await releases.environments(environmentFilter(given));
          const deployments = newestFirst(found).slice(0, limit);
          const silent = found.environments.filter(
            ({ state, silence }) => state === undefined && silence !== undefined,
          );
          const trouble = silent.map(({ environment, project, silence }) => ({ project, environment, silence }));
          if (json) writeJson(deps.stdout, { deployments, silent: trouble });
          else {
            deps.stdout.write(historyText(deployments, deps.stdout.isTTY ? deps.stdout.columns : undefined));
            for (const { project, environment, silence } of trouble)
              deps.stderr.write(`${environment} of ${project} is not among them: ${silence ?? ''}\n`);
          }
          return EXIT.ok;
        }),
      ),
    );
}

/** Each environment's own order is kept where an earlier version recorded no time. */
function newestFirst({ environments }: EnvironmentReports): PastDeployment[] {
  const ends = environments.flatMap(({ project, state }) =>
    (state?.recent ?? []).map((outcome) => ({ project, ...outcome })).reverse(),
  );
  return ends.sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
}

function historyText(deployments: readonly PastDeployment[], width = Infinity): string {
  if (deployments.length === 0) return 'No deployment fits.\n';
  const rows = deployments.map(({ project, environment, commit, outcome, actor, at, cause, breakGlass }) => [
    at === undefined ? '' : moment(at),
    project,
    environment,
    shortCommit(commit),
    outcome,
    actor ?? '',
    oneLine(breakGlass ? `${cause} (${breakGlass.by} broke the glass: ${breakGlass.reason})` : cause),
  ]);
  return `${textTable(['ended', 'project', 'environment', 'commit', 'outcome', 'by', 'cause'], rows, width).join('\n')}\n`;
}
