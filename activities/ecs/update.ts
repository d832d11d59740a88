import { sleep } from '@temporalio/activity';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import { isBaseline } from '../../model/return';
import { readRevisionTags } from '../../model/revision-tags';
import { motionOf, primaryOf, revisionName } from '../../model/service-view';
import type { DeploymentView, ServiceView } from '../../model/service-view';
import type { Baseline, ServiceDeploymentRef } from '../../model/target';
import { ask } from './ask';
import type { EcsContext } from './deps';
import { mayWrite, refuseAnotherFamily, refuseAnotherRevision } from './may-write';
import type { ForwardRequest } from './revision';
import { sendOnce } from './send-once';
import type { ServiceAccess } from './service-access';
import { deploymentOf } from './service-deployment-search';
import { readTaskDefinition } from './task-definition-wire';
import { maybe, viewOfService } from './views';

/** ECS's answers may lag behind UpdateService; what is still missing then, a wait goes on looking for. */
const LOOKS = 5;

export interface UpdateRequest extends ForwardRequest {
  taskDefinitionArn: string;
}

export function updateActivities(context: EcsContext) {
  return {
    /**
     * Deploys a revision to the service, or adopts the deployment of it that is there.
     *
     * UpdateService has no idempotency token: it is sent once for each attempt, and a retry looks first, so that a lost
     * answer never begins a second deployment. Refuses (`TargetUnsuitable`) when somebody else changed the service since
     * the baseline was captured, and (`PolicyRefused`) a revision that is not of what may be deployed. The desired count
     * is never sent.
     */
    async updateService({
      target,
      baseline,
      permit,
      taskDefinitionArn,
      release,
    }: UpdateRequest): Promise<ServiceDeploymentRef> {
      await mayWrite(context, target, permit);
      const access = context.access(target);
      let deployment = await existingDeployment(access, baseline, taskDefinitionArn);
      if (deployment === undefined) {
        const service = await refuseIfChanged(access, baseline, release);
        refuseAnotherFamily(service, taskDefinitionArn);
        refuseAnotherRevision(target, permit, await readTaskDefinition(access.client, taskDefinitionArn));
        const began = await sendUpdate(access, taskDefinitionArn, {});
        deployment = refTo(access, taskDefinitionArn, began?.id);
      }
      return completed(context, deployment, () => existingDeployment(access, baseline, taskDefinitionArn));
    },
  };
}

/** Looks a few times more for what ECS's answer to UpdateService did not show yet. */
export async function completed(
  { limits }: EcsContext,
  began: ServiceDeploymentRef,
  look: () => Promise<ServiceDeploymentRef | undefined>,
): Promise<ServiceDeploymentRef> {
  let deployment = began;
  for (let looks = 1; looks <= LOOKS && !isComplete(deployment); looks += 1) {
    if (looks > 1) await sleep(limits.pace(0));
    const seen = await look();
    if (seen !== undefined) deployment = { ...seen, deploymentId: seen.deploymentId || deployment.deploymentId };
  }
  return deployment;
}

/** One UpdateService, sent once. Answers the deployment that it began, as far as ECS's answer shows one. */
export async function sendUpdate(
  { client, target }: ServiceAccess,
  taskDefinitionArn: string,
  { force = false }: { force?: boolean },
): Promise<DeploymentView | undefined> {
  const { cluster } = target;
  const { service } = target.service;
  const command = new UpdateServiceCommand({
    cluster,
    service,
    taskDefinition: taskDefinitionArn,
    ...(force ? { forceNewDeployment: true } : {}),
  });
  sendOnce(command.middlewareStack);
  const answer = await ask(`ecs:UpdateService of service ${service} in cluster ${cluster}`, (options) =>
    client.send(command, options),
  );
  const primary = answer.service === undefined ? undefined : primaryOf(viewOfService(answer.service, target));
  return primary?.taskDefinitionArn === taskDefinitionArn ? primary : undefined;
}

/** Ours is whatever deploys this very revision and began after the baseline was captured, finished or not. */
async function existingDeployment(
  access: ServiceAccess,
  { serviceDeploymentArn }: Baseline,
  taskDefinitionArn: string,
): Promise<ServiceDeploymentRef | undefined> {
  const service = await access.existingService();
  const shown = service.deployments.find((one) => one.taskDefinitionArn === taskDefinitionArn);
  const listed = await deploymentOf(access, taskDefinitionArn, serviceDeploymentArn);
  if (shown === undefined && listed === undefined) return undefined;
  return refTo(access, taskDefinitionArn, shown?.id, listed?.arn);
}

/** Answers the service as it was seen to be unchanged. */
async function refuseIfChanged(access: ServiceAccess, baseline: Baseline, release: string): Promise<ServiceView> {
  const service = await access.existingService();
  const newest = await access.newestServiceDeployment();
  const live = primaryOf(service)?.taskDefinitionArn ?? '';
  const where = `Service ${service.service} in cluster ${service.cluster}`;
  if (motionOf(service, newest ?? undefined) === 'moving') {
    throw new TypedError(
      'TargetUnsuitable',
      `${where} began another deployment since its baseline was captured; ${release} changed nothing.`,
    );
  }
  if (live === baseline.taskDefinitionArn) return service;
  const tags = readRevisionTags((await readTaskDefinition(access.client, live)).tags);
  // A stuck rollout stands before the baseline that it was captured beside.
  if (isBaseline(live, tags, baseline) || newest?.arn === baseline.serviceDeploymentArn) return service;
  throw new TypedError(
    'TargetUnsuitable',
    `${where} runs ${revisionName(live)} since its baseline ${revisionName(baseline.taskDefinitionArn)} was captured; ${release} changed nothing.`,
  );
}

function isComplete(deployment: ServiceDeploymentRef): boolean {
  return deployment.serviceDeploymentArn !== undefined && deployment.deploymentId !== '';
}

export function refTo(
  { target }: ServiceAccess,
  taskDefinitionArn: string,
  deploymentId: string | undefined,
  serviceDeploymentArn?: string,
): ServiceDeploymentRef {
  // No id where ECS shows the deployment no more: it was replaced or taken back already, which awaitStable finds out.
  return {
    service: target.service.service,
    taskDefinitionArn,
    deploymentId: deploymentId ?? '',
    ...maybe('serviceDeploymentArn', serviceDeploymentArn),
  };
}
