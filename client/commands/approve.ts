import type { Command } from 'commander';
import type { CliDeps } from './deps';
import type { DecisionOptions } from './decision';
import { addDecisionOptions, decide } from './decision';
import { handled } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

export function registerApprove(program: Command, deps: CliDeps): void {
  addDecisionOptions(program.command('approve').argument('<release>', RELEASE_ARGUMENT))
    .description('say yes to a release that waits for approval')
    .addHelpText(
      'after',
      examples('sluice approve 1a2b3c4', "sluice approve 1a2b3c4 --environment production --comment 'after the sale'"),
    )
    .action(
      handled(deps, (reference: string, options: DecisionOptions) =>
        decide(deps, reference, options, (releases, ref, decision) => releases.approve(ref, decision)),
      ),
    );
}
