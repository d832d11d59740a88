import { baselineStep } from '../../model/baseline';
import { TypedError } from '../../model/failures';
import { isOurs, isUnfinished, readRevisionTags } from '../../model/revision-tags';
import { motionOf, primaryOf, revisionName } from '../../model/service-view';
import type { DeploymentView, ServiceDeploymentView, ServiceView } from '../../model/service-view';
import type {
  Baseline,
  BaselineAnswer,
  RunningRevision,
  ServiceDeploymentRef,
  ServiceTarget,
  UnfinishedRevision,
} from '../../model/target';
import { pinsFor } from '../../model/task-definition';
import type { EcsContext } from './deps';
import { liveRevisionArn, runningDigests } from './running-digests';
import type { ServiceAccess } from './service-access';
import { deploymentOf } from './service-deployment-search';
import { readTaskDefinition } from './task-definition-wire';
import type { WireTaskDefinition } from './task-definition-wire';
import { maybe } from './views';

export function baselineActivities(context: EcsContext) {
  return {
    /**
     * What runs now and can be returned to; or that something still moves; or that the live revision is ours and was
     * never verified, with the baseline that it must be returned to (design rule 6.7). Reads only.
     *
     * Throws `TargetUnsuitable` where there is nothing to return to.
     */
    async captureBaseline({ target }: { target: ServiceTarget }): Promise<BaselineAnswer> {
      const access = context.access(target);
      const { service, newest, primary } = await lookAtLive(access);
      const live = await readTaskDefinition(access.client, primary.taskDefinitionArn);
      const tags = readRevisionTags(live.tags);
      const step = baselineStep(service, newest, tags);
      const unfinished = async (returnTo: string): Promise<UnfinishedRevision> => {
        const earlier = await readTaskDefinition(access.client, returnTo);
        return {
          deployment: refOf(service, primary, newest),
          returnTo: await earlierBaseline(access, service, earlier, newest),
          commit: tags.commit ?? '',
          release: tags.release ?? '',
        };
      };
      switch (step.take) {
        case 'nothing-yet': {
          const deployment = refOf(service, primary, newest);
          if (isUnfinished(tags) && tags.baseline !== undefined) {
            return { kind: 'in-flight', deployment, ours: true, unfinished: await unfinished(tags.baseline) };
          }
          const ours = isUnfinished(tags) || (await isOursRolling(access, newest, primary));
          return { kind: 'in-flight', deployment, ours };
        }
        case 'unfinished': {
          const returnTo = step.returnTo ?? (await lastSuccessful(access, primary.taskDefinitionArn));
          return { kind: 'unfinished', unfinished: await unfinished(returnTo) };
        }
        case 'last-successful': {
          const from = await lastSuccessful(access, primary.taskDefinitionArn);
          const earlier = await readTaskDefinition(access.client, from);
          const baseline = await earlierBaseline(access, service, mustBeActive(earlier, service), newest);
          return { kind: 'baseline', baseline };
        }
        case 'live': {
          const digests = await runningDigests(access, service, newest, await access.runningTasks());
          const revision = liveRevisionArn(service, newest);
          const baseline = baselineOf(service, mustBeActive(live, service), newest, digests);
          return { kind: 'baseline', baseline: { ...baseline, ...maybe('serviceRevisionArn', revision) } };
        }
      }
    },

    /** What runs at a service now, as our own tags and ECS tell it. Reads only. */
    async whatRuns({ target }: { target: ServiceTarget }): Promise<RunningRevision> {
      const access = context.access(target);
      const { service, newest, primary } = await lookAtLive(access);
      const tags = readRevisionTags((await readTaskDefinition(access.client, primary.taskDefinitionArn)).tags);
      const moving = motionOf(service, newest ?? undefined) === 'moving';
      return {
        taskDefinitionArn: primary.taskDefinitionArn,
        commit: tags.commit ?? null,
        release: tags.release ?? null,
        verified: tags.verified !== undefined,
        inFlight: moving ? refOf(service, primary, newest) : null,
        digests: await runningDigests(access, service, newest, await access.runningTasks()),
        ...maybe('copyOf', tags.pinned),
      };
    },
  };
}

async function lookAtLive(access: ServiceAccess) {
  const service = await access.existingService();
  const newest = await access.newestServiceDeployment();
  const primary = primaryOf(service);
  if (primary === undefined) {
    throw new TypedError(
      'TargetUnsuitable',
      `Service ${service.service} in cluster ${service.cluster} has no deployment.`,
    );
  }
  return { service, newest, primary };
}

export function refOf(
  service: ServiceView,
  deployment: DeploymentView,
  newest: ServiceDeploymentView | null,
): ServiceDeploymentRef {
  return {
    service: service.service,
    taskDefinitionArn: deployment.taskDefinitionArn,
    deploymentId: deployment.id,
    ...maybe('serviceDeploymentArn', newest?.arn),
  };
}

/** While ECS takes a deployment of ours back, the primary is already somebody else's revision. */
async function isOursRolling(
  access: ServiceAccess,
  newest: ServiceDeploymentView | null,
  primary: DeploymentView,
): Promise<boolean> {
  const rolling = newest?.targetTaskDefinitionArn;
  if (rolling === undefined || rolling === primary.taskDefinitionArn) return false;
  return isOurs(readRevisionTags((await readTaskDefinition(access.client, rolling)).tags));
}

/** A baseline that does not run now: its digests cannot be compared, but those that ECS once pinned still pin it. */
async function earlierBaseline(
  access: ServiceAccess,
  service: ServiceView,
  earlier: WireTaskDefinition,
  newest: ServiceDeploymentView | null,
): Promise<Baseline> {
  const { revisionArn } = (await deploymentOf(access, earlier.arn)) ?? {};
  const pins = revisionArn === undefined ? {} : (await access.revision(revisionArn)).digests;
  return baselineOf(service, earlier, newest, {}, pins);
}

/** The task definition of the newest service deployment that succeeded with another revision than `live`. */
async function lastSuccessful(access: ServiceAccess, live: string): Promise<string> {
  for (const { status, targetRevisionArn } of await access.serviceDeployments()) {
    if (status !== 'SUCCESSFUL' || targetRevisionArn === undefined) continue;
    const { taskDefinitionArn } = await access.revision(targetRevisionArn);
    if (taskDefinitionArn !== undefined && taskDefinitionArn !== live) return taskDefinitionArn;
  }
  const { service, cluster } = access.target;
  throw new TypedError(
    'TargetUnsuitable',
    `Service ${service.service} in cluster ${cluster} never finished a deployment, so that there is nothing to return to; make it stable first.`,
  );
}

function baselineOf(
  service: ServiceView,
  { arn, definition, tags }: WireTaskDefinition,
  newest: ServiceDeploymentView | null,
  digests: Record<string, string>,
  pinTo = digests,
): Baseline {
  const pins = pinsFor(definition, pinTo);
  return {
    service: service.service,
    taskDefinitionArn: arn,
    digests,
    desiredCount: service.desiredCount,
    ...maybe('serviceDeploymentArn', newest?.arn),
    ...maybe('commit', readRevisionTags(tags).commit),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
  };
}

/** ECS refuses to deploy a revision that was deregistered, though a service goes on running it. */
function mustBeActive(definition: WireTaskDefinition, service: ServiceView): WireTaskDefinition {
  if (definition.status === 'ACTIVE') return definition;
  throw new TypedError(
    'TargetUnsuitable',
    `Service ${service.service} in cluster ${service.cluster} runs ${revisionName(definition.arn)}, which was deregistered and could not be returned to; deploy an active revision first.`,
  );
}
