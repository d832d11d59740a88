import type { CliDeps } from '../client/commands/deps';
import { messageOf } from '../client/errors';
import type { ReleaseRef } from '../client/release-end';
import type { Releases } from '../client/releases';

/**
 * What Ctrl-C means while this very process releases: never "drop everything".
 *
 * Before anything changed the first one aborts. While a deployment is in flight it only says so, since a deployment
 * finishes; the second one aborts, which means roll back. Later ones are answered, and change nothing.
 */
export function steadyInterrupts(
  deps: Pick<CliDeps, 'stderr' | 'onInterrupt'>,
  releases: Releases,
  ref: ReleaseRef,
  actor: string,
): { stop: () => void } {
  let interrupts = 0;
  let aborting = false;
  const say = (text: string): void => deps.stderr.write(`\n${text}\n`);
  const abort = async (): Promise<void> => {
    aborting = true;
    await releases.abort(ref, { by: actor, reason: 'interrupted at the terminal' });
  };
  const answer = async (): Promise<void> => {
    if (aborting) {
      say('It is being ended already; what has changed is rolled back first. Please wait.');
      return;
    }
    const { deploying } = await releases.status(ref);
    if (deploying && interrupts === 1) {
      say(
        `The deployment to ${deploying.environment} is in flight and is not cut off: it goes on, and rolls back by itself if it fails. Press Ctrl-C again to abort it now (it is rolled back).`,
      );
      return;
    }
    say(deploying ? 'Aborting: what has changed is rolled back.' : 'Aborting: nothing has changed yet.');
    await abort();
  };
  const stop = deps.onInterrupt(() => {
    interrupts += 1;
    answer().catch((error: unknown) => {
      aborting = false;
      say(`The release could not be asked (${messageOf(error)}); it goes on. Press Ctrl-C to try again.`);
    });
  });
  return { stop };
}
