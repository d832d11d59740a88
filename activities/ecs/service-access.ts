import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { DesiredStatus, ECSClient, ServiceDeployment, ServiceDeploymentBrief } from '@aws-sdk/client-ecs';
import { TypedError } from '../../model/failures';
import type { ServiceDeploymentView, ServiceView, TaskView } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { ask, isAwsError } from './ask';
import { factsOfServiceDeployment, maybe, viewOfService, viewOfTask } from './views';

/** Most tasks that one DescribeTasks takes. Source: ECS API. */
const TASKS_PER_CALL = 100;
/** Newest service deployments that are looked through: one page. */
const DEPLOYMENTS_LOOKED_AT = 100;

export interface RevisionFacts {
  taskDefinitionArn?: string;
  /** Digests that ECS pinned, by container. */
  digests: Record<string, string>;
}

/** All that is ever read of one service. Every method is one look, with no memory but of what cannot change. */
export interface ServiceAccess {
  client: ECSClient;
  target: ServiceTarget;
  /** Null where the cluster has no such service; `TargetMissing` where there is no such cluster. */
  service(): Promise<ServiceView | null>;
  /** As `service`, but a missing service is the typed error. */
  existingService(): Promise<ServiceView>;
  serviceDeployment(arn: string): Promise<ServiceDeploymentView | null>;
  /** Newest first; empty on services older than service deployments. */
  serviceDeployments(): Promise<BriefDeployment[]>;
  newestServiceDeployment(): Promise<ServiceDeploymentView | null>;
  revision(arn: string): Promise<RevisionFacts>;
  /** Running and lately stopped tasks. */
  tasks(): Promise<TaskView[]>;
  runningTasks(): Promise<TaskView[]>;
}

export interface BriefDeployment {
  arn: string;
  status: string;
  targetRevisionArn?: string;
}

export function accessService(client: ECSClient, target: ServiceTarget): ServiceAccess {
  const { cluster } = target;
  const service = target.service.service;
  const subject = `service ${service} in cluster ${cluster} (${target.region})`;
  /** A service revision never changes, except that its digests are filled in once the images were resolved. */
  const revisions = new Map<string, RevisionFacts>();

  async function revision(arn: string): Promise<RevisionFacts> {
    const known = revisions.get(arn);
    if (known !== undefined) return known;
    const answer = await ask(`ecs:DescribeServiceRevisions of ${subject}`, (options) =>
      client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }), options),
    );
    const found = answer.serviceRevisions?.[0];
    const facts: RevisionFacts = {
      ...maybe('taskDefinitionArn', found?.taskDefinition),
      digests: Object.fromEntries(
        (found?.containerImages ?? []).flatMap(({ containerName, imageDigest }) =>
          containerName === undefined || imageDigest === undefined ? [] : [[containerName, imageDigest]],
        ),
      ),
    };
    if (facts.taskDefinitionArn !== undefined && Object.keys(facts.digests).length > 0) revisions.set(arn, facts);
    return facts;
  }

  async function view(deployment: ServiceDeployment): Promise<ServiceDeploymentView> {
    const target = deployment.targetServiceRevision?.arn;
    const back = deployment.rollback;
    const [to, from] = await Promise.all([
      target === undefined ? undefined : revision(target),
      back?.serviceRevisionArn === undefined ? undefined : revision(back.serviceRevisionArn),
    ]);
    return {
      ...factsOfServiceDeployment(deployment),
      ...maybe('targetTaskDefinitionArn', to?.taskDefinitionArn),
      ...(back === undefined
        ? {}
        : {
            rollback: {
              ...maybe('reason', back.reason),
              ...maybe('revisionArn', back.serviceRevisionArn),
              ...maybe('taskDefinitionArn', from?.taskDefinitionArn),
            },
          }),
    };
  }

  async function serviceDeployment(arn: string): Promise<ServiceDeploymentView | null> {
    const answer = await ask(`ecs:DescribeServiceDeployments of ${subject}`, (options) =>
      client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }), options),
    );
    const found = answer.serviceDeployments?.[0];
    return found === undefined ? null : view(found);
  }

  async function serviceDeployments(): Promise<BriefDeployment[]> {
    try {
      const answer = await ask(`ecs:ListServiceDeployments of ${subject}`, (options) =>
        client.send(
          new ListServiceDeploymentsCommand({ cluster, service, maxResults: DEPLOYMENTS_LOOKED_AT }),
          options,
        ),
      );
      return newestFirst(answer.serviceDeployments ?? []);
    } catch (error) {
      if (isAwsError(error, 'UnsupportedFeatureException')) return [];
      throw error;
    }
  }

  async function tasksWith(desiredStatus: DesiredStatus): Promise<TaskView[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ask(`ecs:ListTasks of ${subject}`, (options) =>
        client.send(
          new ListTasksCommand({ cluster, serviceName: service, desiredStatus, ...maybe('nextToken', nextToken) }),
          options,
        ),
      );
      arns.push(...(page.taskArns ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);

    const tasks: TaskView[] = [];
    for (let first = 0; first < arns.length; first += TASKS_PER_CALL) {
      const answer = await ask(`ecs:DescribeTasks of ${subject}`, (options) =>
        client.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(first, first + TASKS_PER_CALL) }), options),
      );
      tasks.push(...(answer.tasks ?? []).map(viewOfTask));
    }
    return tasks;
  }

  const access: ServiceAccess = {
    client,
    target,
    async service() {
      const answer = await ask(`ecs:DescribeServices of ${subject}`, (options) =>
        client.send(new DescribeServicesCommand({ cluster, services: [service] }), options),
      ).catch((error: unknown) => {
        if (!isAwsError(error, 'ClusterNotFoundException')) throw error;
        throw new TypedError('TargetMissing', `There is no ECS cluster "${cluster}" in ${target.region}.`);
      });
      const found = answer.services?.[0];
      return found === undefined ? null : viewOfService(found, target);
    },
    async existingService() {
      const found = await access.service();
      if (found !== null && found.status !== 'INACTIVE') return found;
      throw new TypedError(
        'TargetMissing',
        `There is no ECS service "${service}" in cluster "${cluster}" in ${target.region}.`,
      );
    },
    serviceDeployment,
    serviceDeployments,
    async newestServiceDeployment() {
      const [newest] = await serviceDeployments();
      return newest === undefined ? null : serviceDeployment(newest.arn);
    },
    revision,
    async tasks() {
      const [running, stopped] = [await tasksWith('RUNNING'), await tasksWith('STOPPED')];
      return [...running, ...stopped];
    },
    runningTasks: () => tasksWith('RUNNING'),
  };
  return access;
}

function newestFirst(deployments: ServiceDeploymentBrief[]): BriefDeployment[] {
  return [...deployments]
    .sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
    .map(({ serviceDeploymentArn, status, targetServiceRevisionArn }) => ({
      arn: serviceDeploymentArn ?? '',
      status: status ?? '',
      ...maybe('targetRevisionArn', targetServiceRevisionArn),
    }));
}
