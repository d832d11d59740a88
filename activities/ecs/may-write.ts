import { TypedError } from '../../model/failures';
import type { JsonObject } from '../../model/json';
import type { Permit } from '../../model/policy/deployment';
import { familyOf, primaryOf, revisionName } from '../../model/service-view';
import type { ServiceView } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { changedDefinition, contentHash } from '../../model/task-definition';
import type { EcsContext } from './deps';

/** Before a write that goes forward: whatever else is given, an image is. Throws `PolicyRefused`. */
export async function mayWrite({ authority }: EcsContext, target: ServiceTarget, permit: Permit): Promise<void> {
  // Types are nothing to whoever fills a task queue.
  if ((permit as Permit | undefined)?.image === undefined) {
    throw new TypedError('PolicyRefused', `the deployment to service ${target.service.service} names no image`);
  }
  await authority.mayDeploy([target], permit);
}

/** A service stays with its family: another one's revisions are somebody else's program. Throws `PolicyRefused`. */
export function refuseAnotherFamily(service: ServiceView, taskDefinitionArn: string): void {
  const live = primaryOf(service)?.taskDefinitionArn;
  if (live === undefined || familyOf(live) === familyOf(taskDefinitionArn)) return;
  throw new TypedError(
    'PolicyRefused',
    `service ${service.service} runs ${revisionName(live)}, and ${revisionName(taskDefinitionArn)} is of another family`,
  );
}

/** Whether a revision is one of this release: with its image and the variables of its environment. Throws `PolicyRefused`. */
export function refuseAnotherRevision(
  { service: { container, environment } }: ServiceTarget,
  { commit, image }: Permit,
  { arn, definition }: { arn: string; definition: JsonObject },
): void {
  const change = { container, environment, commit, imageReference: image?.reference ?? '' };
  if (contentHash(changedDefinition(definition, change)) === contentHash(definition)) return;
  throw new TypedError(
    'PolicyRefused',
    `revision ${revisionName(arn)} does not carry ${change.imageReference} and the variables of its environment`,
  );
}
