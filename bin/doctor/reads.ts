import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { asTypedError } from '../../activities/aws/errors';
import type { ServiceTarget } from '../../model/target';
import type { Examination, Seen } from './examination';
import { nameOf } from './names';

/** What a release reads while it waits and judges: a right that is missing would show only in mid-rollout. */
export async function examineReads({ check }: Examination, ecs: ECSClient, target: ServiceTarget): Promise<void> {
  await check(nameOf(target, 'deployments'), (signal) => deployments(ecs, target, signal));
  await check(nameOf(target, 'tasks'), (signal) => tasks(ecs, target, signal));
}

async function deployments(ecs: ECSClient, target: ServiceTarget, abortSignal: AbortSignal): Promise<Seen<true>> {
  const { cluster, service } = target;
  const list = new ListServiceDeploymentsCommand({ cluster, service: service.service, maxResults: 1 });
  const { serviceDeployments: listed = [] } = await ecs.send(list, { abortSignal }).catch((error: unknown) => {
    // A service older than service deployments has none, and is released to all the same.
    if (error instanceof Error && error.name === 'UnsupportedFeatureException') return { serviceDeployments: [] };
    throw asTypedError(error, whatOf('ListServiceDeployments', target));
  });
  const arn = listed[0]?.serviceDeploymentArn;
  if (arn === undefined) return { found: 'can be read; there is none yet', value: true };
  const describe = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] });
  const described = await ecs.send(describe, { abortSignal }).catch((error: unknown) => {
    throw asTypedError(error, whatOf('DescribeServiceDeployments', target));
  });
  const newest = described.serviceDeployments?.[0];
  const revision = newest?.targetServiceRevision?.arn;
  if (revision !== undefined) {
    const look = new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revision] });
    await ecs.send(look, { abortSignal }).catch((error: unknown) => {
      throw asTypedError(error, whatOf('DescribeServiceRevisions', target));
    });
  }
  return { found: `can be read; the newest is ${newest?.status ?? 'gone'}`, value: true };
}

async function tasks(ecs: ECSClient, target: ServiceTarget, abortSignal: AbortSignal): Promise<Seen<true>> {
  const { cluster, service } = target;
  const list = new ListTasksCommand({ cluster, serviceName: service.service });
  const { taskArns = [] } = await ecs.send(list, { abortSignal }).catch((error: unknown) => {
    throw asTypedError(error, whatOf('ListTasks', target));
  });
  if (taskArns.length === 0) return { found: 'can be listed; none runs', value: true };
  const describe = new DescribeTasksCommand({ cluster, tasks: taskArns });
  await ecs.send(describe, { abortSignal }).catch((error: unknown) => {
    throw asTypedError(error, whatOf('DescribeTasks', target));
  });
  return { found: 'can be read', value: true };
}

function whatOf(action: string, { cluster, region, service }: ServiceTarget): string {
  return `ecs:${action} of service ${service.service} in cluster ${cluster} (${region})`;
}
