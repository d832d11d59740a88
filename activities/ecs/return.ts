import { StopServiceDeploymentCommand } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import { judgeReturn, nextReturnStep } from '../../model/return';
import type { ReturnSnapshot } from '../../model/return';
import { readRevisionTags } from '../../model/revision-tags';
import { primaryOf } from '../../model/service-view';
import type { Baseline, ReturnEnd, ReturnStart, ServiceDeploymentRef, ServiceTarget } from '../../model/target';
import { whileHeartbeating } from '../heartbeating';
import { ask, isAwsError } from './ask';
import type { EcsContext } from './deps';
import { deadlineOf, watch } from './patience';
import { returnRevision } from './return-revision';
import { runningDigests } from './running-digests';
import type { ServiceAccess } from './service-access';
import { readTaskDefinition } from './task-definition-wire';
import { sendUpdate } from './update';
import { maybe } from './views';

/** ECS refuses a stop that comes too late (ConflictException); what it did meanwhile shows at the next look. */
const LOOKS = 3;

export interface BeginReturn {
  target: ServiceTarget;
  baseline: Baseline;
  /** Null where it is not known whether our update ever took effect. */
  deployment: ServiceDeploymentRef | null;
}

export interface AwaitReturned {
  target: ServiceTarget;
  baseline: Baseline;
  /** What `beginReturn` said to follow. */
  deployment: ServiceDeploymentRef;
  withinMs: number;
}

export function returnStartActivities(context: EcsContext) {
  return {
    /**
     * Takes the one step that brings the service nearer to its baseline, or finds that none is needed (design rule 6.5).
     *
     * Level-triggered, and therefore safe to repeat: after a lost answer the next look sees what was done. At most one
     * write to the service; a baseline that needs a pinned copy is registered before. Throws `PolicyRefused` for a service
     * that no environment of the worker's policy has.
     */
    async beginReturn({ target, baseline, deployment }: BeginReturn): Promise<ReturnStart> {
      context.authority.mayReturn(target);
      const access = context.access(target);
      for (let look = 1; look <= LOOKS; look += 1) {
        const snapshot = await lookAtReturn(access, deployment);
        const primary = primaryOf(snapshot.service);
        const step = nextReturnStep(snapshot, baseline, deployment);
        const follow = (deploymentId: string, taskDefinitionArn: string, arn?: string): ReturnStart => ({
          kind: 'following',
          deployment: {
            service: target.service.service,
            taskDefinitionArn,
            deploymentId,
            ...maybe('serviceDeploymentArn', arn),
          },
        });
        switch (step.do) {
          case 'nothing':
            return { kind: 'already' };
          case 'leave':
            return { kind: 'superseded', cause: step.cause };
          case 'follow':
            return follow(step.deploymentId, primary?.taskDefinitionArn ?? '', snapshot.newest?.arn);
          case 'stop': {
            const stopped = await stopRollout(access, step.serviceDeploymentArn);
            if (stopped) return follow(primary?.id ?? '', baseline.taskDefinitionArn, step.serviceDeploymentArn);
            break;
          }
          case 'update': {
            const revision = await returnRevision(access.client, baseline);
            // ECS begins no deployment for a revision that is live already, unless it is told to.
            const force = primary?.taskDefinitionArn === revision;
            const began = await sendUpdate(access, revision, { force });
            return follow(began?.id ?? '', revision);
          }
        }
      }
      throw new TypedError(
        'Unavailable',
        `The rollout of service ${target.service.service} in cluster ${target.cluster} could neither be stopped nor seen to end.`,
      );
    },
  };
}

export function returnWaitActivities(context: EcsContext) {
  return {
    /** Waits until the baseline runs again, or until it is certain that it will not by itself. Reads only. */
    async awaitReturned({ target, baseline, deployment, withinMs }: AwaitReturned): Promise<ReturnEnd> {
      const access = context.access(target);
      return whileHeartbeating(`returning with ${deployment.deploymentId}`, async (progress) => {
        let looksElsewhere = 0;
        return watch<ReturnEnd>({
          async look() {
            const snapshot = await lookAtReturn(access, deployment);
            const tasks = await access.tasks();
            const digests = await runningDigests(access, snapshot.service, snapshot.newest, tasks);
            const judged = judgeReturn({ ...snapshot, tasks, digests }, baseline, looksElsewhere);
            looksElsewhere = judged.looksElsewhere;
            return judged;
          },
          say: (text) => progress.say(text),
          ...context.limits,
          deadline: deadlineOf(withinMs),
          late: (seen) => ({
            kind: 'failed',
            cause: `the baseline does not run within ${Math.round(withinMs / 1000)} s: ${seen}`,
          }),
        });
      });
    },
  };
}

async function lookAtReturn(access: ServiceAccess, deployment: ServiceDeploymentRef | null): Promise<ReturnSnapshot> {
  const service = await access.existingService();
  const newest = await access.newestServiceDeployment();
  const arn = deployment?.serviceDeploymentArn;
  const ours = arn === undefined ? null : arn === newest?.arn ? newest : await access.serviceDeployment(arn);
  const live = primaryOf(service)?.taskDefinitionArn;
  const tags = live === undefined ? [] : (await readTaskDefinition(access.client, live)).tags;
  return { service, newest, ours, primaryTags: readRevisionTags(tags) };
}

/** False where ECS says that it is too late, or knows of no such deployment: look again. */
export async function stopRollout({ client, target }: ServiceAccess, serviceDeploymentArn: string): Promise<boolean> {
  try {
    await ask(
      `ecs:StopServiceDeployment of service ${target.service.service} in cluster ${target.cluster}`,
      (options) =>
        client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }), options),
    );
    return true;
  } catch (error) {
    if (isAwsError(error, 'ConflictException', 'ServiceDeploymentNotFoundException')) return false;
    throw error;
  }
}
