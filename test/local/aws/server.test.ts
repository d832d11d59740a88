import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { startLocalAws } from '../../../local/aws/server';
import { waitFor } from '../../helpers/wait-for';
import { credentials } from './harness';
import { imageOf, layerOf, repositoryOf } from './images';

const PROGRAM = '#!/bin/sh\necho "hello from $0"\nexit 3\n';

it('runs a pushed image as a task, whose lines CloudWatch Logs answers', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'local-aws-'));
  const guard = [process.execPath, resolve('bin/guard.mjs')];
  const local = await startLocalAws({ stateDir, guard, timing: { taskStepMs: 1 } });
  const config = { endpoint: local.endpoint, region: 'eu-west-1', credentials };
  const [ecr, ecs, logs] = [new ECRClient(config), new ECSClient(config), new CloudWatchLogsClient(config)];
  try {
    const repository = await repositoryOf(
      { ecr, endpoint: local.endpoint, registryHost: local.registryHost },
      'shop/job',
    );
    const layer = await layerOf([{ name: 'bin/job', content: PROGRAM, mode: 0o755 }]);
    expect((await repository.push(imageOf([layer], { cmd: ['/bin/job'] }), 'v1')).status).toBe(201);

    const cluster = 'production';
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    const options = { 'awslogs-group': '/ecs/job', 'awslogs-stream-prefix': 'ecs', 'awslogs-region': 'eu-west-1' };
    const logConfiguration = { logDriver: 'awslogs' as const, options };
    const container = { name: 'job', image: `${repository.uri}:v1`, memory: 128, logConfiguration };
    await ecs.send(new RegisterTaskDefinitionCommand({ family: 'job', containerDefinitions: [container] }));
    await ecs.send(new CreateServiceCommand({ cluster, serviceName: 'job', taskDefinition: 'job' }));
    const stopped = await waitFor('a stopped task', async () => {
      const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: 'STOPPED' }));
      if (!taskArns?.[0]) return undefined;
      const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArns[0]] }));
      return tasks?.find(({ lastStatus }) => lastStatus === 'STOPPED');
    });
    expect(stopped).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 3 }] });
    const logStreamName = `ecs/job/${stopped.taskArn!.split('/').at(-1)!}`;
    const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: '/ecs/job', logStreamName }));
    expect(events).toMatchObject([{ message: expect.stringMatching(/^hello from .*\/rootfs\/bin\/job$/) as string }]);
    expect(local.calls({ service: 'ecs', action: 'CreateService' })).toHaveLength(1);
  } finally {
    for (const client of [ecr, ecs, logs]) client.destroy();
    await local.close();
    await rm(stateDir, { recursive: true });
  }
});
