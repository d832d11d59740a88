import { TypedError } from '../../model/failures';
import { whyNotReturnable } from '../../model/returnable';
import type { WantedRevision } from '../../model/returnable';
import { readRevisionTags } from '../../model/revision-tags';
import { motionOf, primaryOf, revisionName } from '../../model/service-view';
import type { RollbackStand, ServiceDeploymentRef, ServiceTarget } from '../../model/target';
import { baselineActivities, refOf } from './baseline';
import type { EcsContext } from './deps';
import { readEarlierRevision } from './earlier-revision';
import { stopRollout } from './return';
import type { ServiceAccess } from './service-access';
import { deploymentOf } from './service-deployment-search';
import { readTaskDefinition } from './task-definition-wire';
import { completed, refTo, sendUpdate } from './update';
import { maybe } from './views';

interface Wanted {
  target: ServiceTarget;
  /** What a person wants back. */
  taskDefinitionArn: string;
}

export interface DeployVerified extends Wanted, WantedRevision {
  /** Newest service deployment of the look before: what came after it is ours. */
  since?: string;
}

/** The writes of a rollback by hand. None of them asks Git or ECR, and a policy can only say which services it may touch. */
export function deployVerifiedActivities(context: EcsContext) {
  const baselines = baselineActivities(context);
  return {
    /**
     * How a service stands before a rollback by hand: it runs what is wanted, something rolls, or it can be updated; then
     * with what to go back to if that fails, where there is such a thing. Reads only.
     */
    async lookBeforeRollback({ target, taskDefinitionArn }: Wanted): Promise<RollbackStand> {
      const access = context.access(target);
      const service = await access.existingService();
      const newest = await access.newestServiceDeployment();
      const primary = primaryOf(service);
      const motion = motionOf(service, newest ?? undefined);
      if (primary !== undefined && motion === 'moving') {
        const rolls = newest?.targetTaskDefinitionArn ?? primary.taskDefinitionArn;
        return { kind: 'rolling', deployment: refOf(service, primary, newest), wanted: rolls === taskDefinitionArn };
      }
      if (motion === 'settled' && (await isWanted(access, primary?.taskDefinitionArn, taskDefinitionArn))) {
        return { kind: 'runs' };
      }
      const since = maybe('since', newest?.arn);
      try {
        const found = await baselines.captureBaseline({ target });
        if (found.kind === 'in-flight') return { kind: 'rolling', deployment: found.deployment, wanted: false };
        return {
          kind: 'stands',
          baseline: found.kind === 'baseline' ? found.baseline : found.unfinished.returnTo,
          ...since,
        };
      } catch (error) {
        // What runs may be past all help: that is what a rollback is for.
        if (!(error instanceof TypedError) || error.type !== 'TargetUnsuitable') throw error;
        return { kind: 'stands', baseline: null, noBaseline: error.message, ...since };
      }
    },

    /** Has ECS take back what rolls, whoever began it. Level-triggered: where nothing can be stopped, nothing is done. */
    async stopRolling({ target, taskDefinitionArn }: Wanted): Promise<{ stopped: boolean }> {
      context.authority.mayReturn(target);
      const access = context.access(target);
      const newest = await access.newestServiceDeployment();
      const begun = newest?.status === 'PENDING' || newest?.status === 'IN_PROGRESS';
      if (!begun || newest.targetTaskDefinitionArn === taskDefinitionArn) return { stopped: false };
      return { stopped: await stopRollout(access, newest.arn) };
    },

    /**
     * Deploys a revision that was verified before, or adopts the deployment of it that began since the look before.
     *
     * Registers nothing. UpdateService is sent once for each attempt, and a retry looks first. Throws `PolicyRefused` for
     * a service that no environment of the worker's policy has and for a revision that is not of the service's family,
     * verified, of this commit and image, and active; `TargetUnsuitable` where somebody else's deployment has begun.
     */
    async deployVerified(input: DeployVerified): Promise<ServiceDeploymentRef> {
      const { target, taskDefinitionArn, since } = input;
      context.authority.mayReturn(target);
      const access = context.access(target);
      const look = () => deploymentSince(access, taskDefinitionArn, since);
      let deployment = await look();
      if (deployment === undefined) {
        const live = await liveOrRefuse(access, input);
        // ECS begins no deployment for a revision that is live already, unless it is told to.
        const began = await sendUpdate(access, taskDefinitionArn, { force: live === taskDefinitionArn });
        deployment = refTo(access, taskDefinitionArn, began?.id);
      }
      return completed(context, deployment, look);
    },
  };
}

async function isWanted(access: ServiceAccess, live: string | undefined, wanted: string): Promise<boolean> {
  if (live === undefined || live === wanted) return live === wanted;
  return readRevisionTags((await readTaskDefinition(access.client, live)).tags).pinned === wanted;
}

/** What the service runs, after all that speaks against the update has been looked for. */
async function liveOrRefuse(
  access: ServiceAccess,
  { target, taskDefinitionArn, commit, digest }: DeployVerified,
): Promise<string | undefined> {
  const service = await access.existingService();
  const newest = await access.newestServiceDeployment();
  const where = `Service ${service.service} in cluster ${service.cluster}`;
  if (motionOf(service, newest ?? undefined) === 'moving') {
    throw new TypedError('TargetUnsuitable', `${where} began another deployment just now; nothing was changed.`);
  }
  const live = primaryOf(service)?.taskDefinitionArn;
  const earlier = await readEarlierRevision(access.client, taskDefinitionArn, target.service.container);
  const reason = whyNotReturnable(live, earlier, { commit, digest });
  if (reason === undefined) return live;
  throw new TypedError('PolicyRefused', `${where} is not returned to ${revisionName(taskDefinitionArn)}: ${reason}`);
}

/** A deployment of this revision that is younger than `since`: an earlier one of the same revision is none of ours. */
async function deploymentSince(
  access: ServiceAccess,
  taskDefinitionArn: string,
  since: string | undefined,
): Promise<ServiceDeploymentRef | undefined> {
  const service = await access.existingService();
  const listed = await deploymentOf(access, taskDefinitionArn, since);
  if (listed !== undefined && listed.arn !== since) {
    const shown = service.deployments.find((one) => one.taskDefinitionArn === taskDefinitionArn);
    return refTo(access, taskDefinitionArn, shown?.id, listed.arn);
  }
  // Services older than service deployments show a rollout of ours only while it is the primary one.
  const primary = primaryOf(service);
  const rolls = primary?.taskDefinitionArn === taskDefinitionArn && primary.rolloutState === 'IN_PROGRESS';
  return rolls ? refTo(access, taskDefinitionArn, primary.id) : undefined;
}
