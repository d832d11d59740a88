import type { Command } from 'commander';
import type { CliDeps } from './deps';
import { follow } from './follow';
import type { GlobalOptions } from './handled';
import { handled, withReleases } from './handled';
import { examples, RELEASE_ARGUMENT } from './help';

export function registerWatch(program: Command, deps: CliDeps): void {
  program
    .command('watch')
    .argument('<release>', RELEASE_ARGUMENT)
    .description('show a release from its beginning until it ends; the exit code is its outcome')
    .addHelpText('after', examples('sluice watch 1a2b3c4', 'sluice watch release:shop-api:<sha> --json'))
    .action(
      handled(deps, (reference: string, { json }: GlobalOptions) =>
        withReleases(deps, async (releases) => follow(deps, releases, await releases.find(reference), json)),
      ),
    );
}
