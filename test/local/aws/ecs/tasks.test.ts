import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject } from '../../../../local/aws/contract';
import { waitFor } from '../../../helpers/wait-for';
import { containerOf, processesOf, rolloutIs, scratchFolderExists, startEcs } from './harness';
import type { Harness } from './harness';

let harness: Harness;

beforeEach(async () => {
  harness = await startEcs();
});
afterEach(() => harness.close());

/** Brings up a service of one task, and answers the ARN of its first. */
async function run(tag: string, container: JsonObject = {}, serviceName = 'api'): Promise<string> {
  const taskDefinition = await harness.register(tag, container);
  await harness.call('CreateService', { cluster: 'production', serviceName, taskDefinition });
  return waitFor('a task', async () => {
    const lists = ['RUNNING', 'STOPPED'].map((desiredStatus) => list({ serviceName, desiredStatus }));
    const [first] = (await Promise.all(lists)).flatMap(({ taskArns }) => taskArns as string[]);
    return first;
  });
}

function list(filter: JsonObject): Promise<JsonObject> {
  return harness.call('ListTasks', { cluster: 'production', ...filter });
}

async function describe1(task: string): Promise<JsonObject> {
  const { tasks } = await harness.call('DescribeTasks', { cluster: 'production', tasks: [task] });
  return (tasks as JsonObject[])[0]!;
}

function becomes(task: string, status: string): Promise<JsonObject> {
  return waitFor(`task ${status}`, async () => {
    const now = await describe1(task);
    return now['lastStatus'] === status ? now : undefined;
  });
}

function logged(text: string): Promise<string> {
  return waitFor(`the log line ${text}`, () => harness.logs.find(({ message }) => message.includes(text))?.message);
}

describe('a task', () => {
  it('goes through the states in order and keeps the evidence of its end', async () => {
    const arn = await run('one');
    const seen: unknown[] = [(await describe1(arn))['lastStatus']];
    const watch = async (last: string) =>
      waitFor(last, async () => {
        const { lastStatus } = await describe1(arn);
        if (seen.at(-1) !== lastStatus) seen.push(lastStatus);
        return lastStatus === last;
      });
    await watch('RUNNING');
    const running = await describe1(arn);
    expect(running).toMatchObject({
      desiredStatus: 'RUNNING',
      group: 'service:api',
      startedBy: expect.stringMatching(/^ecs-svc\/\d{19}$/) as string,
    });
    const [container] = running['containers'] as JsonObject[];
    expect(container).toMatchObject({
      lastStatus: 'RUNNING',
      image: 'registry.test/app:one',
      imageDigest: expect.stringMatching(/^sha256:/) as string,
      networkBindings: [
        { bindIP: '127.0.0.1', containerPort: 8080, hostPort: expect.any(Number) as number, protocol: 'tcp' },
      ],
    });
    const [binding] = container!['networkBindings'] as JsonObject[];
    await logged('one listens');
    expect(await (await fetch(`http://127.0.0.1:${binding!['hostPort'] as number}/`)).text()).toBe('one ');

    await harness.call('StopTask', { cluster: 'production', task: arn });
    await watch('STOPPED');
    const order = [
      'PROVISIONING',
      'PENDING',
      'ACTIVATING',
      'RUNNING',
      'DEACTIVATING',
      'STOPPING',
      'DEPROVISIONING',
      'STOPPED',
    ];
    expect(seen).toEqual(order.filter((status) => seen.includes(status)));
    const stopped = await describe1(arn);
    expect(stopped).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      containers: [{ lastStatus: 'STOPPED', exitCode: 0 }],
    });
    const times = [
      'createdAt',
      'pullStartedAt',
      'pullStoppedAt',
      'startedAt',
      'stoppingAt',
      'executionStoppedAt',
      'stoppedAt',
    ];
    const values = times.map((name) => stopped[name] as number);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(scratchFolderExists(harness, stopped)).toBe(false);
  });

  it.each<[string, string, JsonObject, JsonObject]>([
    [
      'an image that does not exist',
      'missing',
      {},
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringMatching(
          /^CannotPullContainerError: .*registry\.test\/app:missing: not found$/,
        ) as string,
      },
    ],
    [
      'a secret, which nothing here can read',
      'one',
      { secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:ssm:eu-west-1:000000000000:parameter/token' }] },
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringMatching(/^ResourceInitializationError: .*parameter\/token/) as string,
      },
    ],
    [
      'an entry point that is not there',
      'one',
      { entryPoint: ['/opt/nothing'] },
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringMatching(/^CannotStartContainerError: .*not found/) as string,
      },
    ],
    [
      'an entry point of another format',
      'one',
      { entryPoint: ['/bin/not-a-program'] },
      {
        stopCode: 'TaskFailedToStart',
        stoppedReason: expect.stringMatching(/^CannotStartContainerError: .*exec format error/) as string,
      },
    ],
    [
      'a program that ends',
      'crash',
      {},
      {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 3 }],
      },
    ],
  ])('stops with AWS’s code and reason for %s', async (_cause, tag, container, expected) => {
    expect(await becomes(await run(tag, container), 'STOPPED')).toMatchObject(expected);
  });

  it('gets the environment of image and definition, its own folders and port, and nothing of ours', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'ours';
    try {
      await run('env', { environment: [{ name: 'GREETING', value: 'hello' }] });
      const environment = JSON.parse(await logged('FROM_IMAGE')) as Record<string, string>;
      expect(environment).toMatchObject({ FROM_IMAGE: 'yes', GREETING: 'hello', HOST: '127.0.0.1' });
      expect(Object.keys(environment).sort()).toEqual([
        'FROM_IMAGE',
        'GREETING',
        'HOME',
        'HOST',
        'PATH',
        'PORT',
        'TMPDIR',
      ]);
      expect(environment['HOME']).toContain(path.join(harness.stateDir, 'tasks'));
      await logged('/rootfs/srv');
    } finally {
      delete process.env['AWS_SECRET_ACCESS_KEY'];
    }
  });

  it('runs a program of the image before one of the host', async () => {
    await run('one', { entryPoint: ['say'] });
    await logged('from the image');
  });

  it('that ignores SIGTERM is killed after its stop time-out', async () => {
    const arn = await run('stubborn', { stopTimeout: 2 });
    await logged('up');
    await harness.call('StopTask', { cluster: 'production', task: arn, reason: 'enough' });
    expect(await becomes(arn, 'STOPPED')).toMatchObject({ stoppedReason: 'enough', containers: [{ exitCode: 137 }] });
    expect(harness.logs.map(({ message }) => message)).toContain('not yet');
  });

  it.each([
    ['HEALTHY', 'exit 0'],
    ['UNHEALTHY', 'exit 1'],
  ])('is %s by its container health check', async (status, script) => {
    const arn = await run('one', { healthCheck: { command: ['CMD-SHELL', script], interval: 5, retries: 2 } });
    await waitFor(status, async () => (await describe1(arn))['healthStatus'] === status);
  });

  it('of a service is replaced when its container health check fails', async () => {
    const healthCheck = { command: ['CMD-SHELL', 'exit 1'], interval: 5, retries: 2 };
    const taskDefinition = await harness.register('one', { healthCheck });
    await harness.call('CreateService', {
      cluster: 'production',
      serviceName: 'api',
      taskDefinition,
      desiredCount: 1,
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
    });
    await rolloutIs(harness, 'FAILED');
    const [task] = await harness.tasks('STOPPED');
    expect(task).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
    });
  });
});

describe('ListTasks', () => {
  it('answers the tasks of a cluster or of one service', async () => {
    const arn = await run('one');
    expect(await list({})).toEqual({ taskArns: [arn] });
    expect(await list({ serviceName: 'api' })).toEqual({ taskArns: [arn] });
    expect(await list({ desiredStatus: 'STOPPED' })).toEqual({ taskArns: [] });
    await expect(list({ serviceName: 'none' })).rejects.toThrow('Service not found.');
  });

  it('comes in pages', async () => {
    const taskDefinition = await harness.register('one');
    await harness.call('CreateService', { cluster: 'production', serviceName: 'api', taskDefinition, desiredCount: 3 });
    const all = await waitFor('three tasks', async () => {
      const { taskArns } = await list({});
      return (taskArns as string[]).length === 3 && taskArns;
    });
    const first = await list({ maxResults: 2 });
    const second = await list({ maxResults: 2, nextToken: first['nextToken']! });
    expect([...(first['taskArns'] as string[]), ...(second['taskArns'] as string[])]).toEqual(all);
    expect(second).not.toHaveProperty('nextToken');
  });
});

describe('close', () => {
  it('leaves no process of a task behind, grandchildren and stubborn ones included', async () => {
    await run('family', {}, 'family');
    await run('stubborn', {}, 'stubborn');
    await run('one', {}, 'one');
    const child = (await logged('child')).split(' ')[1]!;
    await logged('up');
    await waitFor('every process', async () => (await processesOf(harness.stateDir)).length >= 7);
    await harness.ecs.close();
    expect(await processesOf(harness.stateDir)).toEqual([]);
    // Whoever adopted it may not have collected it yet: a zombie (state Z) runs no more.
    const state = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => ') gone');
    expect(state.split(') ')[1]).toMatch(/^(Z|gone)/);
  });

  it('waits for tasks that are still starting', async () => {
    const { taskDefinitionArn } = (
      await harness.call('RegisterTaskDefinition', {
        family: 'two',
        containerDefinitions: [containerOf('one'), containerOf('two', { name: 'side' })],
      })
    )['taskDefinition'] as JsonObject;
    await harness.call('CreateService', {
      cluster: 'production',
      serviceName: 'two',
      taskDefinition: taskDefinitionArn!,
      desiredCount: 3,
    });
    await waitFor('the first container', async () =>
      (await harness.tasks('RUNNING')).some(
        (task) => (task['containers'] as JsonObject[])[0]!['lastStatus'] === 'RUNNING',
      ),
    );
    await harness.ecs.close();
    expect(await processesOf(harness.stateDir)).toEqual([]);
  });
});
