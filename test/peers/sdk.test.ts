import {
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  paginateListTaskDefinitions,
  StopTaskCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { call } from './stage/calls';
import { openService } from './stage/services';
import type { Peers } from './stage/peers';
import { CLUSTER, CRASH, openPeers, REGION, server, SET_UP_WITHIN_MS } from './stage/peers';

let peers: Peers;
let client: ECSClient;
const images = { one: '', two: '', crash: '' };

beforeAll(async () => {
  peers = await openPeers();
  const credentials = { accessKeyId: 'AKIAPEER', secretAccessKey: 'local' };
  client = new ECSClient({ endpoint: peers.endpoint, region: REGION, credentials });
  images.one = await peers.push('api', 'one', server('one'));
  images.two = await peers.push('api', 'two', server('two'));
  images.crash = await peers.push('api', 'crash', CRASH);
  await call(peers.endpoint, 'ecs:CreateCluster', { clusterName: CLUSTER });
}, SET_UP_WITHIN_MS);
afterAll(async () => {
  client.destroy();
  await peers.close();
});

const patience = () => ({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 60 });
const open = (name: string) => openService(peers, { name, images: [images.one] });

async function updated(name: string, taskDefinition: string) {
  await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: name, taskDefinition }));
  const end = await waitUntilServicesStable(patience(), { cluster: CLUSTER, services: [name] });
  const { services } = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [name] }));
  return { end: end.state, service: services![0]! };
}

const tasksOf = async (serviceName: string): Promise<string[]> =>
  (await client.send(new ListTasksCommand({ cluster: CLUSTER, serviceName }))).taskArns!;

describe('waitUntilServicesStable', () => {
  it('ends when the new revision alone runs', async () => {
    const two = await (await open('rolled')).register(images.two);
    const { end, service } = await updated('rolled', two);
    expect(end).toBe('SUCCESS');
    expect(service.deployments).toMatchObject([{ rolloutState: 'COMPLETED', taskDefinition: two, runningCount: 1 }]);
  });

  it('ends well after a rollback too, as on AWS: who only waits does not hear of the failure', async () => {
    const before = await open('crashed');
    const { taskDefinition } = await before.now();
    const { end, service } = await updated('crashed', await before.register(images.crash));
    expect(end).toBe('SUCCESS');
    expect(service.deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED', taskDefinition }]);
    expect(service.events!.map(({ message }) => message).join('\n')).toContain('deployment failed');
  });

  it('fails at once for a service that is not there', async () => {
    const wait = waitUntilServicesStable(patience(), { cluster: CLUSTER, services: ['nobody'] });
    await expect(wait).rejects.toThrow(/"state":"FAILURE"/);
  });
});

it('waitUntilTasksRunning and waitUntilTasksStopped follow a task to its end', async () => {
  const service = await open('stopped');
  const [task = ''] = await tasksOf('stopped');
  const asked = { cluster: CLUSTER, tasks: [task] };
  expect((await waitUntilTasksRunning(patience(), asked)).state).toBe('SUCCESS');
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task, reason: 'to see it stop' }));
  expect((await waitUntilTasksStopped(patience(), asked)).state).toBe('SUCCESS');
  // A task that has stopped will not run any more.
  await expect(waitUntilTasksRunning(patience(), asked)).rejects.toThrow(/"state":"FAILURE"/);
  await service.settled();
  expect(await tasksOf('stopped')).not.toContain(task);
});

it('its paginators turn pages', async () => {
  await openService(peers, { name: 'paged', images: [images.one, images.two, images.one], desiredCount: 0 });
  const pages: number[] = [];
  for await (const page of paginateListTaskDefinitions({ client, pageSize: 2 }, { familyPrefix: 'paged' }))
    pages.push(page.taskDefinitionArns!.length);
  expect(pages).toEqual([2, 1]);
});

it("all that it sent and was answered fits botocore's model", async () => {
  const { findings, actions } = await peers.verdict();
  expect(findings).toEqual([]);
  expect(Object.keys(actions)).toContain('ecs:StopTask');
});
