import type { Command } from 'commander';
import { Option } from 'commander';
import { EXIT, OUTCOMES } from '../../model/outcome';
import type { ReleaseFilter, ReleaseSummary } from '../release-list';
import { duration } from '../render/durations';
import { writeJson } from '../render/json';
import { textTable } from '../render/table';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { wholeNumber } from './whole-number';

/** One page of Temporal's visibility. */
const MOST = 1_000;

export function registerList(program: Command, deps: CliDeps): void {
  program
    .command('list')
    .description('list releases and rollbacks, newest first')
    .option('--project <name>', 'of this project only')
    .option('--commit <sha>', 'of this commit only, or of those that begin so')
    .addOption(
      new Option('--outcome <name>', 'that ended so, or are still running').choices([
        ...Object.keys(OUTCOMES),
        'running',
        'terminated',
      ]),
    )
    .option('--limit <n>', `how many at most, up to ${MOST}`, wholeNumber(MOST), 20)
    .addHelpText('after', examples('sluice list', 'sluice list --project shop-api --outcome rolled-back --json'))
    .action(
      handled(deps, ({ json, project, commit, outcome, limit }: ReleaseFilter & GlobalOptions) =>
        withReleases(deps, async (releases) => {
          const filter = { project, commit, outcome, limit, rollbacks: true };
          const defined = Object.entries(filter).filter(([, value]) => value !== undefined);
          const found = await releases.list(Object.fromEntries(defined));
          if (json) writeJson(deps.stdout, { releases: found });
          else deps.stdout.write(listText(found, deps.now()));
          return EXIT.ok;
        }),
      ),
    );
}

function listText(found: readonly ReleaseSummary[], now: number): string {
  if (found.length === 0) return 'No release fits.\n';
  const rows = found.map(({ workflowId, outcome, phase, status, startedAt, closedAt, actor }) => [
    closedAt === undefined ? (phase ?? status.toLowerCase()) : (outcome ?? status.toLowerCase()),
    new Date(startedAt).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length),
    duration((closedAt ?? now) - startedAt),
    actor ?? '',
    workflowId,
  ]);
  return `${textTable(['state', 'started (UTC)', 'time', 'actor', 'release'], rows).join('\n')}\n`;
}
