import type { Command } from 'commander';
import type { CliDeps } from './deps';
import type { DecisionOptions } from './decision';
import { addDecisionOptions, decide } from './decision';
import { handled } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

export function registerReject(program: Command, deps: CliDeps): void {
  addDecisionOptions(program.command('reject').argument('<release>', RELEASE_ARGUMENT))
    .description('say no to a release that waits for approval; it ends not-approved')
    .addHelpText('after', examples("sluice reject 1a2b3c4 --comment 'not before Monday'"))
    .action(
      handled(deps, (reference: string, options: DecisionOptions) =>
        decide(deps, reference, options, (releases, ref, decision) => releases.reject(ref, decision)),
      ),
    );
}
