import { primaryOf } from '../../model/service-view';
import type { ServiceDeploymentView, ServiceView, TaskView } from '../../model/service-view';
import type { ServiceAccess } from './service-access';
import { maybe } from './views';

/** The service revision that runs the primary's task definition, as far as service deployments tell. */
export function liveRevisionArn(service: ServiceView, newest: ServiceDeploymentView | null): string | undefined {
  const live = primaryOf(service)?.taskDefinitionArn;
  if (live === undefined || newest === null) return undefined;
  if (newest.targetTaskDefinitionArn === live) return newest.targetRevisionArn;
  return newest.rollback?.taskDefinitionArn === live ? newest.rollback.revisionArn : undefined;
}

/**
 * Digests of what really runs, by container: from running tasks of the primary's revision; where none runs, those that
 * ECS pinned for the service revision.
 */
export async function runningDigests(
  access: ServiceAccess,
  service: ServiceView,
  newest: ServiceDeploymentView | null,
  tasks: readonly TaskView[],
): Promise<Record<string, string>> {
  const live = primaryOf(service)?.taskDefinitionArn;
  const found = tasks
    .filter((task) => task.lastStatus === 'RUNNING' && task.taskDefinitionArn === live)
    .flatMap(({ containers }) => containers)
    .map(({ name, digest }) => maybe(name, digest));
  const digests: Record<string, string> = Object.assign({}, ...found) as Record<string, string>;
  if (Object.keys(digests).length > 0) return digests;
  const revision = liveRevisionArn(service, newest);
  return revision === undefined ? {} : (await access.revision(revision)).digests;
}
