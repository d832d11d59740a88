import type { Command } from 'commander';
import { EXIT } from '../../model/outcome';
import { defaultActor } from '../actor';
import { writeJson } from '../render/json';
import type { CliDeps } from './deps';
import { handled, withReleases } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

interface AbortOptions {
  json?: boolean;
  reason?: string;
  actor?: string;
}

export function registerAbort(program: Command, deps: CliDeps): void {
  program
    .command('abort')
    .argument('<release>', RELEASE_ARGUMENT)
    .description('end a release; a deployment in flight is rolled back, and the rollback verified')
    .option('--reason <text>', 'recorded, and shown to whoever waits for it')
    .option('--actor <name>', 'who aborts (default: git config user.email)')
    .addHelpText('after', examples("sluice abort 1a2b3c4 --reason 'wrong commit'"))
    .action(handled(deps, (reference: string, options: AbortOptions) => abort(deps, reference, options)));
}

async function abort(deps: CliDeps, reference: string, { json, reason, actor }: AbortOptions): Promise<number> {
  return withReleases(deps, async (releases) => {
    const ref = await releases.find(reference);
    const by = actor ?? (await defaultActor(deps.cwd));
    const answer = await releases.abort(ref, { by, ...(reason !== undefined && { reason }) });
    if (json) writeJson(deps.stdout, { workflowId: ref.workflowId, ...answer });
    else if (answer.by === 'release') {
      deps.stdout.write(`${ref.workflowId} is being aborted.\n  watch it: sluice watch ${ref.workflowId}\n`);
    } else {
      deps.stdout.write(`${ref.workflowId} had ended; its deployment ${answer.deploymentId} is being rolled back.\n`);
    }
    return EXIT.ok;
  });
}
