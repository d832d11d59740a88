import type { Command } from 'commander';
import { shortCommit } from '../../model/commit';
import type { EnvironmentState } from '../../model/messages';
import { EXIT } from '../../model/outcome';
import { configAt, resolveCommit, topLevel } from '../local-repository';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples } from './help';

/** The whole list is in `--json`. */
const RECENT_SHOWN = 10;

export function registerEnvironment(program: Command, deps: CliDeps): void {
  program
    .command('environment')
    .argument('<name>', 'name of the environment')
    .description('show what an environment runs, who waits there, and how the last deployments ended')
    .option('--project <name>', PROJECT_OPTION)
    .addHelpText('after', examples('sluice environment production', 'sluice environment production --json'))
    .action(
      handled(deps, async (name: string, { json, project }: GlobalOptions & { project?: string }) => {
        const owner = project ?? (await projectHere(deps));
        return withReleases(deps, async (releases) => {
          const state = await releases.environmentState(owner, name);
          if (json) writeJson(deps.stdout, { project: owner, ...state });
          else deps.stdout.write(environmentText(owner, state));
          return EXIT.ok;
        });
      }),
    );
}

export const PROJECT_OPTION = 'whose environment (default: the project of release.yml at HEAD)';

/** The project of the repository around. Throws a ClientError (exit 2) where there is none. */
export async function projectHere({ cwd }: Pick<CliDeps, 'cwd'>): Promise<string> {
  const top = await topLevel(cwd);
  return (await configAt(top, await resolveCommit(top))).project;
}

function environmentText(
  project: string,
  { environment, current, queue, hold, recent, verified }: EnvironmentState,
): string {
  const running = verified.at(-1);
  const lines = [
    `${environment} of ${project}`,
    `  verified: ${running === undefined ? 'nothing yet' : `${shortCommit(running.commit)} (${running.digest}), ${new Date(running.at).toISOString()}`}`,
    `  deploying: ${current === undefined ? 'nothing' : `${shortCommit(current.commit)} for ${current.releaseId}`}`,
    ...queue.map(
      ({ commit, actor, releaseId }, index) =>
        `  waiting ${index + 1}: ${shortCommit(commit)} by ${actor}, ${releaseId}`,
    ),
    ...(hold ? [`  ON HOLD since ${new Date(hold.since).toISOString()} by ${hold.by}: ${hold.reason}`] : []),
    ...recent
      .slice(-RECENT_SHOWN)
      .reverse()
      .map(({ commit, outcome, cause }) => `  ${shortCommit(commit)} ${outcome}: ${cause}`),
  ];
  return `${lines.join('\n')}\n`;
}
