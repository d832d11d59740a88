import type { Command } from 'commander';
import { releaseId } from '../../model/ids';
import { EXIT } from '../../model/outcome';
import type { ReleaseRequest } from '../../model/plan';
import { defaultActor } from '../actor';
import { usageError } from '../errors';
import { configAt, originUrl, resolveCommit, topLevel } from '../local-repository';
import { writeJson } from '../render/json';
import { releasableUrl } from '../repository-url';
import type { StartedRelease } from '../start-release';
import type { CliDeps } from './deps';
import { show } from './follow';
import { handled, withReleases } from './handled';
import { examples } from './help';
import { whileWaiting } from './waiting';

/** What a release is asked for with; the composition root's `run` and `check` take the same. */
export interface RequestOptions {
  commit: string;
  check?: boolean;
  environment?: string[];
  allowOlder?: string;
  repository?: string;
  actor?: string;
}

interface StartOptions extends RequestOptions {
  wait?: boolean;
}

export function registerStart(program: Command, deps: CliDeps): void {
  addRequestOptions(program.command('start'))
    .description('ask for a release on the configured Temporal, or attach to the running one')
    .option('--check', 'only gates and a build that is never pushed: what a pull request gets')
    .option('--wait', 'watch it until it ends; the exit code is then its outcome')
    .addHelpText(
      'after',
      examples(
        'sluice start --wait',
        'sluice start --commit 1a2b3c4d5e --environment staging',
        'sluice start --check --commit HEAD --wait --json',
      ),
    )
    .action(handled(deps, (options: StartOptions & { json?: boolean }) => start(deps, options)));
}

/** The options of every command that asks for a release. */
export function addRequestOptions(command: Command): Command {
  return command
    .option('--commit <sha>', 'commit to release: at least 7 digits of its id, or HEAD', 'HEAD')
    .option('--environment <name...>', 'release to these environments only')
    .option('--allow-older <reason>', 'deploy even if what runs is newer; the reason is recorded')
    .option('--repository <url>', 'where workers fetch the commit from (default: the remote origin)')
    .option('--actor <name>', 'who asks (default: git config user.email)');
}

/**
 * The request that the options mean, read from the repository around `deps.cwd`; nothing is started.
 * `fallbackRepository` is for workers on this machine, which can read the clone itself where it has no origin.
 * Throws a ClientError (exit 2) in one sentence for whatever is wrong with them.
 */
export async function requestOf(
  deps: Pick<CliDeps, 'cwd'>,
  options: RequestOptions,
  repositoryOf: (top: string) => Promise<string> = originUrl,
): Promise<ReleaseRequest> {
  if (options.check && options.environment) throw usageError('--check deploys nowhere: leave out --environment.');
  const top = await topLevel(deps.cwd);
  const commit = await resolveCommit(top, options.commit);
  const { project } = await configAt(top, commit);
  return {
    purpose: options.check ? 'check' : 'release',
    project,
    repository:
      options.repository === undefined ? await repositoryOf(top) : releasableUrl(options.repository, deps.cwd),
    commit,
    environments: options.environment ?? [],
    event: 'manual',
    actor: options.actor ?? (await defaultActor(top)),
    ...(options.allowOlder !== undefined && { allowOlder: options.allowOlder }),
  };
}

async function start(deps: CliDeps, options: StartOptions & { json?: boolean }): Promise<number> {
  const request = await requestOf(deps, options);
  const workflowId = releaseId(request.purpose, request.project, request.commit);
  return withReleases(deps, (releases) =>
    whileWaiting(deps, { workflowId, json: options.json }, async (signal) => {
      const started = await releases.start(request);
      if (options.json) writeJson(deps.stdout, { kind: 'started', ...started });
      else deps.stdout.write(startedText(started, options.wait));
      // Only now: an interrupt in the middle of the start would leave open whether there is a release.
      signal.throwIfAborted();
      return options.wait ? show(deps, releases, started, options.json, signal) : EXIT.ok;
    }),
  );
}

function startedText({ workflowId, attached }: StartedRelease, wait: boolean | undefined): string {
  const what = attached ? `${workflowId} is running already; attached to it.` : `Started ${workflowId}.`;
  return wait ? `${what}\n` : `${what}\n  watch it: sluice watch ${workflowId}\n`;
}
