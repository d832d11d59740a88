import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import { handled, withReleases } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

interface BreakGlassOptions {
  json?: boolean;
  reason: string;
  actor?: string;
}

export function registerBreakGlass(program: Command, deps: CliDeps): void {
  program
    .command('break-glass')
    .argument('<release>', RELEASE_ARGUMENT)
    .description('let one release that waits for its turn pass hold and freeze; who and why is recorded')
    .requiredOption('--reason <text>', 'why it cannot wait; recorded')
    .option('--actor <name>', 'who takes it on themselves (default: git config user.email)')
    .addHelpText('after', examples("sluice break-glass 1a2b3c4 --reason 'mends the outage, INC-7'"))
    .action(handled(deps, (reference: string, options: BreakGlassOptions) => breakGlass(deps, reference, options)));
}

async function breakGlass(
  deps: CliDeps,
  reference: string,
  { json, reason, actor }: BreakGlassOptions,
): Promise<number> {
  const by = actor ?? (await defaultActor(deps.cwd));
  return withReleases(deps, async (releases) => {
    const { workflowId } = await releases.find(reference);
    const { project, environment, state } = await releases.breakGlass(workflowId, { by, reason });
    if (json) writeJson(deps.stdout, { workflowId, project, ...state });
    else {
      deps.stdout.write(
        `${workflowId} waits for neither hold nor freeze of ${environment} any more; recorded as done by ${by}.\n` +
          `  watch it: sluice watch ${workflowId}\n`,
      );
    }
    return EXIT.ok;
  });
}
