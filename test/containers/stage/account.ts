import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type {
  ContainerDefinition,
  CreateServiceCommandInput,
  RegisterTaskDefinitionCommandInput,
  Service,
  Task,
} from '@aws-sdk/client-ecs';
import type { EcsTiming } from '../../../local/aws/ecs/timing';
import { startLocalAws } from '../../../local/aws/server';
import type { LocalAws } from '../../../local/aws/server';
import { waitFor } from '../../helpers/wait-for';

const REGION = 'eu-west-1';
const LOG_GROUP = '/ecs/tests';
export const CLUSTER = 'production';
export const GUARD = [process.execPath, path.resolve('bin/guard.mjs')];

export type Account = Awaited<ReturnType<typeof openAccount>>;
export type Clients = ReturnType<typeof clientsOf>;

/** A local AWS whose tasks are containers, with a cluster, and the SDK's clients. Its files go with it. */
export async function openAccount(timing: Partial<EcsTiming> = {}) {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'containers-'));
  const aws = await startLocalAws({ stateDir, guard: GUARD, region: REGION, containers: {}, timing });
  const clients = clientsOf(aws);
  await clients.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  return {
    aws,
    ...clients,
    ...servicesOf(clients),
    async close() {
      clients.destroy();
      await aws.close();
      await rm(stateDir, { recursive: true });
    },
  };
}

export function clientsOf({ endpoint }: Pick<LocalAws, 'endpoint'>) {
  const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'not-a-secret' };
  const config = { endpoint, region: REGION, credentials };
  const [ecr, ecs, logs] = [new ECRClient(config), new ECSClient(config), new CloudWatchLogsClient(config)];
  return { ecr, ecs, logs, destroy: () => [ecr, ecs, logs].forEach((client) => client.destroy()) };
}

/** What tests do with services; every family and service has one container, `app`, and goes by one name. */
export function servicesOf({ ecs, logs }: Clients) {
  const created = new Set<string>();
  async function register(
    family: string,
    container: ContainerDefinition,
    more: Partial<RegisterTaskDefinitionCommandInput> = {},
  ) {
    const options = { 'awslogs-group': LOG_GROUP, 'awslogs-stream-prefix': 'ecs', 'awslogs-region': REGION };
    const logConfiguration = { logDriver: 'awslogs' as const, options };
    const containerDefinitions = [{ name: 'app', memory: 128, logConfiguration, ...container }];
    const answer = await ecs.send(new RegisterTaskDefinitionCommand({ family, ...more, containerDefinitions }));
    return answer.taskDefinition!.taskDefinitionArn!;
  }

  async function tasks(serviceName: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName, desiredStatus }));
    if (taskArns.length === 0) return [];
    return (await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }))).tasks ?? [];
  }

  async function linesOf({ taskArn }: Task): Promise<string[]> {
    const logStreamName = `ecs/app/${taskArn!.split('/').at(-1)!}`;
    const query = new GetLogEventsCommand({ logGroupName: LOG_GROUP, logStreamName, startFromHead: true });
    const { events = [] } = await logs.send(query).catch(() => ({ events: [] }));
    return events.map(({ message = '' }) => message);
  }

  async function scaleToZero(service: string): Promise<void> {
    await ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service, desiredCount: 0 }));
  }

  return {
    register,
    tasks,
    linesOf,
    async create(serviceName: string, taskDefinition: string, more: Partial<CreateServiceCommandInput> = {}) {
      created.add(serviceName);
      await ecs.send(
        new CreateServiceCommand({ cluster: CLUSTER, serviceName, taskDefinition, desiredCount: 1, ...more }),
      );
    },
    async update(service: string, taskDefinition: string) {
      await ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service, taskDefinition }));
    },
    scaleToZero,
    async scaleAllToZero() {
      await Promise.all([...created].map(scaleToZero));
      created.clear();
    },
    running: (service: string) =>
      waitFor('a running task', async () =>
        (await tasks(service, 'RUNNING')).find(({ lastStatus }) => lastStatus === 'RUNNING'),
      ),
    stopped: (service: string) =>
      waitFor('a stopped task', async () =>
        (await tasks(service, 'STOPPED')).find(({ lastStatus }) => lastStatus === 'STOPPED'),
      ),
    /** Waits until all is as this says, with one deployment left. */
    settled: (name: string, taskDefinition: string): Promise<Service> =>
      waitFor(`${name} at rest with ${taskDefinition}`, async () => {
        const { services } = await ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [name] }));
        const [service] = services ?? [];
        const [deployment, ...others] = service?.deployments ?? [];
        const done = deployment?.rolloutState === 'COMPLETED' && deployment.taskDefinition === taskDefinition;
        return done && others.length === 0 ? service : undefined;
      }),
    logged: (task: Task, text: string): Promise<string> =>
      waitFor(`the line ${text}`, async () => (await linesOf(task)).find((line) => line.includes(text))),
  };
}
