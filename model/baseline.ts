import type { RevisionTags } from './revision-tags';
import { isUnfinished } from './revision-tags';
import type { ServiceDeploymentView, ServiceView } from './service-view';
import { motionOf } from './service-view';

export type BaselineStep =
  /** What is live is what can be returned to. */
  | { take: 'live' }
  /** The live rollout failed and was left so; ECS's last successful one is what can be returned to. */
  | { take: 'last-successful' }
  /** The live revision is ours and was never verified; `returnTo` is what its tags name, or the last successful one. */
  | { take: 'unfinished'; returnTo: string | null }
  | { take: 'nothing-yet' };

/** What a deployment that begins now could return to (design rule 6.7). */
export function baselineStep(
  service: ServiceView,
  newest: ServiceDeploymentView | null,
  liveTags: RevisionTags,
): BaselineStep {
  const motion = motionOf(service, newest ?? undefined);
  if (motion === 'moving') return { take: 'nothing-yet' };
  if (isUnfinished(liveTags)) return { take: 'unfinished', returnTo: liveTags.baseline ?? null };
  return { take: motion === 'stuck' ? 'last-successful' : 'live' };
}
