import { whileHeartbeating } from '../heartbeating';
import { stableActivities } from './await-stable';
import { baselineActivities } from './baseline';
import { deployVerifiedActivities } from './deploy-verified';
import { contextOf } from './deps';
import type { EcsDeps } from './deps';
import { inspectActivities } from './inspect';
import { rollbackProspectActivities } from './inspect-rollback';
import { returnStartActivities, returnWaitActivities } from './return';
import { revisionActivities } from './revision';
import { updateActivities } from './update';

/**
 * Everything that is ever asked of ECS. Each activity has one effect at most, looks before it writes, and can be
 * retried after an answer that was lost. What they decide by stands in model/.
 */
export function createEcsActivities(deps: EcsDeps) {
  const context = contextOf(deps);
  return {
    ...heartbeating({
      ...inspectActivities(context),
      ...baselineActivities(context),
      ...revisionActivities(context),
      ...updateActivities(context),
      ...returnStartActivities(context),
      ...rollbackProspectActivities(context),
      ...deployVerifiedActivities(context),
    }),
    ...stableActivities(context),
    ...returnWaitActivities(context),
  };
}

/** Single looks and writes are short, but AWS may throttle them for longer than a heartbeat timeout. */
function heartbeating<T extends Record<string, (input: never) => Promise<unknown>>>(activities: T): T {
  const beating = Object.entries(activities).map(([name, run]) => [
    name,
    (input: never) => whileHeartbeating('asking ECS', () => run(input)),
  ]);
  return Object.fromEntries(beating) as T;
}

export type EcsActivities = ReturnType<typeof createEcsActivities>;
