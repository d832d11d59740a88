import type { EnvironmentData } from './environment-data';
import { holdNow } from './environment-hold';
import { freezeNow } from './environment-line';
import { waitingIn } from './environment-queue';
import type { EnvironmentState } from './messages';

/** The answer of the `state` query. */
export function environmentState(
  data: EnvironmentData,
  { name, deploymentId }: { name: string; deploymentId: string },
  now: number,
): EnvironmentState {
  const { current, seen, recent, verified, spec } = data;
  const hold = holdNow(data, now);
  const freeze = freezeNow(data, now);
  return {
    environment: name,
    ...(current && {
      current: {
        requestId: current.requestId,
        releaseId: current.releaseId,
        commit: current.commit,
        deploymentId,
        ...(current.request && { actor: current.request.actor }),
      },
    }),
    queue: waitingIn(data, now),
    ...(hold && { hold }),
    ...(freeze && {
      frozen: {
        reason: freeze.reason,
        until: freeze.until,
        ...(freeze.owner !== undefined && { owner: freeze.owner }),
      },
    }),
    ...(seen && { seen }),
    recent,
    verified,
    ...(spec && { spec }),
  };
}
