import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from '@aws-sdk/client-ecs';
import { openCore } from '../../../../local/aws/core';
import type { Core } from '../../../../local/aws/core';
import { createEcs } from '../../../../local/aws/ecs/engine';
import type { Ecs } from '../../../../local/aws/ecs/engine';
import { waitFor } from '../../../helpers/wait-for';
import { containerOf, scriptImages } from './harness';

const REGION = 'eu-west-1';
const ACCOUNT = '000000000000';

let stateDir: string;
let core: Core;
let ecs: Ecs;
let client: ECSClient;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'local-ecs-sdk-'));
  core = await openCore({ stateDir, region: REGION, accountId: ACCOUNT, port: 0 });
  ecs = createEcs({
    accountId: ACCOUNT,
    region: REGION,
    stateDir,
    images: scriptImages(path.join(stateDir, 'images')),
    logs: core.logs,
    guard: [process.execPath, path.resolve('bin/guard.mjs')],
  });
  core.serve([ecs.service]);
  const credentials = { accessKeyId: 'ASIALOCAL', secretAccessKey: 'local', sessionToken: 'local' };
  client = new ECSClient({ endpoint: core.endpoint, region: REGION, credentials });
});
afterAll(async () => {
  client.destroy();
  await ecs.close();
  await core.close();
  await rm(stateDir, { recursive: true, force: true });
});

it('speaks to the SDK: a rollout that its own waiter follows, and one that fails and is rolled back', async () => {
  const cluster = 'production';
  const { targetGroupArn, url } = await ecs.createTargetGroup({ name: 'api', healthCheckPath: '/health' });
  const register = async (tag: string) => {
    const command = new RegisterTaskDefinitionCommand({
      family: 'api',
      containerDefinitions: [containerOf(tag)],
    });
    return (await client.send(command)).taskDefinition!.taskDefinitionArn!;
  };
  await client.send(new CreateClusterCommand({ clusterName: cluster }));
  await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName: 'api',
      taskDefinition: await register('one'),
      desiredCount: 1,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    }),
  );
  const stable = { client, minDelay: 1, maxDelay: 1, maxWaitTime: 20 };
  await waitUntilServicesStable(stable, { cluster, services: ['api'] });
  // For the waiter, as on AWS, a first deployment is stable once its tasks run, healthy or not.
  await waitFor('an answer', async () => (await (await fetch(url)).text()).includes('one'));

  const bad = await register('crash');
  const updated = await client.send(new UpdateServiceCommand({ cluster, service: 'api', taskDefinition: bad }));
  const arn = updated.service!.currentServiceDeployment!;
  const deployment = await waitFor('ROLLBACK_SUCCESSFUL', async () => {
    const answer = await client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
    const [one] = answer.serviceDeployments ?? [];
    return one?.status === 'ROLLBACK_SUCCESSFUL' ? one : undefined;
  });
  expect(deployment.finishedAt!.getTime()).toBeGreaterThan(deployment.createdAt!.getTime());
  expect(deployment.createdAt!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  const revisionArn = deployment.rollback!.serviceRevisionArn!;
  const { serviceRevisions } = await client.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revisionArn] }),
  );
  expect(serviceRevisions?.[0]?.containerImages?.[0]?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);

  await waitUntilServicesStable(stable, { cluster, services: ['api'] });
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: ['api'] }));
  expect(services?.[0]).toMatchObject({ runningCount: 1, deployments: [{ rolloutState: 'COMPLETED' }] });
  expect(services?.[0]?.events?.[0]?.createdAt).toBeInstanceOf(Date);
  const listed = await client.send(new ListServiceDeploymentsCommand({ cluster, service: 'api' }));
  expect(listed.serviceDeployments).toHaveLength(2);
  const stopped = await client.send(new ListTasksCommand({ cluster, serviceName: 'api', desiredStatus: 'STOPPED' }));
  const { tasks } = await client.send(new DescribeTasksCommand({ cluster, tasks: stopped.taskArns }));
  expect(tasks?.map(({ stopCode }) => stopCode)).toContain('EssentialContainerExited');
  expect(await (await fetch(url)).text()).toContain('one');
});
