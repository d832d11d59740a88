import type { JsonObject } from '../../../../local/aws/contract';
import { waitFor } from '../../../helpers/wait-for';
import { askContinually, deploymentEnds, deploymentsOf, rolloutIs, serviceDeployment, startEcs } from './harness';
import type { Harness } from './harness';

const BREAKER = { deploymentCircuitBreaker: { enable: true, rollback: true } };

let harness: Harness;
let url: string;
let targetGroupArn: string;

beforeEach(async () => {
  harness = await startEcs();
  ({ url, targetGroupArn } = await harness.ecs.createTargetGroup({ name: 'api', healthCheckPath: '/health' }));
});
afterEach(() => harness.close());

/** A service behind the load balancer that has brought out image `one`. */
async function serviceOnOne(more: JsonObject = {}): Promise<JsonObject> {
  await harness.call('CreateService', {
    cluster: 'production',
    serviceName: 'api',
    taskDefinition: await harness.register('one'),
    desiredCount: 2,
    deploymentConfiguration: BREAKER,
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    ...more,
  });
  return rolloutIs(harness, 'COMPLETED');
}

async function update(input: JsonObject): Promise<JsonObject> {
  const { service } = await harness.call('UpdateService', { cluster: 'production', service: 'api', ...input });
  return service as JsonObject;
}

describe('a good rolling update', () => {
  it('shows both deployments, drains old tasks only after new ones are healthy, and never answers 503', async () => {
    const before = await serviceOnOne();
    const asking = askContinually(url);
    const updated = await update({ taskDefinition: await harness.register('two') });
    expect(deploymentsOf(updated)).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', failedTasks: 0, desiredCount: 2 },
      { status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 2, id: deploymentsOf(before)[0]!['id']! },
    ]);
    const [primary] = deploymentsOf(updated);
    expect(primary!['rolloutStateReason']).toBe(`ECS deployment ${primary!['id'] as string} in progress.`);

    const after = await rolloutIs(harness, 'COMPLETED');
    const { statuses, bodies } = await asking.stop();
    expect([...statuses]).toEqual([200]);
    expect(bodies[0]).toBe('one');
    expect(bodies.at(-1)).toBe('two');

    expect(deploymentsOf(after)[0]).toMatchObject({
      id: primary!['id']!,
      runningCount: 2,
      pendingCount: 0,
      rolloutStateReason: `ECS deployment ${primary!['id'] as string} completed.`,
    });
    const [oldest] = (await harness.tasks('STOPPED')).map((task) => task['stoppingAt'] as number).sort();
    const started = (await harness.tasks('RUNNING')).map((task) => task['startedAt'] as number);
    expect(oldest).toBeGreaterThan(Math.min(...started));
    for (const task of await harness.tasks('STOPPED')) {
      expect(task).toMatchObject({
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: `Scaling activity initiated by (deployment ${primary!['id'] as string})`,
        containers: [{ exitCode: 0 }],
      });
    }
    const messages = (after['events'] as JsonObject[]).map((event) => event['message']);
    expect(messages[0]).toBe('(service api) has reached a steady state.');
    expect(messages[1]).toBe(`(service api) (deployment ${primary!['id'] as string}) deployment completed.`);
  });

  it('is a service deployment of a revision whose images are pinned', async () => {
    const service = await serviceOnOne();
    const arn = service['currentServiceDeployment'] as string;
    expect(arn).toMatch(/^arn:aws:ecs:eu-west-1:000000000000:service-deployment\/production\/api\/.{21}$/);
    const deployment = await serviceDeployment(harness, arn);
    expect(deployment).toMatchObject({
      status: 'SUCCESSFUL',
      sourceServiceRevisions: [],
      targetServiceRevision: { arn: expect.stringContaining('service-revision/production/api/') as string },
    });
    const revisionArn = (deployment['targetServiceRevision'] as JsonObject)['arn'] as string;
    const { serviceRevisions } = await harness.call('DescribeServiceRevisions', { serviceRevisionArns: [revisionArn] });
    const [task] = await harness.tasks('RUNNING');
    const { imageDigest } = (task!['containers'] as JsonObject[])[0]!;
    expect(serviceRevisions).toMatchObject([
      {
        taskDefinition: service['taskDefinition']!,
        containerImages: [{ containerName: 'app', image: `registry.test/app@${imageDigest as string}`, imageDigest }],
      },
    ]);
    expect(task!['startedBy']).toBe(deploymentsOf(service)[0]!['id']);
  });

  it('is not begun by a desired count alone, but by forceNewDeployment', async () => {
    const before = await serviceOnOne();
    const scaled = await update({ desiredCount: 1 });
    expect(deploymentsOf(scaled)[0]!['id']).toBe(deploymentsOf(before)[0]!['id']);
    await waitFor('one task', async () => (await harness.service())['runningCount'] === 1);
    const same = await update({ taskDefinition: before['taskDefinition']! });
    expect(deploymentsOf(same)).toHaveLength(1);
    const forced = await update({ forceNewDeployment: true });
    expect(deploymentsOf(forced)).toHaveLength(2);
    await rolloutIs(harness, 'COMPLETED');
  });
});

describe('a rollout that goes wrong', () => {
  it('is rolled back by the circuit breaker to the last completed revision when tasks crash at the start', async () => {
    const before = await serviceOnOne();
    const asking = askContinually(url);
    const bad = await update({ taskDefinition: await harness.register('crash') });
    const failedId = deploymentsOf(bad)[0]!['id'] as string;
    const rollingBack = await waitFor('the failed entry beside the rollback', async () => {
      const service = await harness.service();
      return deploymentsOf(service)[0]!['id'] === failedId ? undefined : service;
    });
    const lastId = deploymentsOf(before)[0]!['id'] as string;
    expect(deploymentsOf(rollingBack)[0]).toMatchObject({
      status: 'PRIMARY',
      taskDefinition: before['taskDefinition']!,
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${lastId}.`,
    });

    const ended = await deploymentEnds(harness, bad['currentServiceDeployment'], 'ROLLBACK_SUCCESSFUL');
    expect(ended).toMatchObject({
      rollback: { serviceRevisionArn: (ended['sourceServiceRevisions'] as JsonObject[])[0]!['arn']! },
    });
    const after = await rolloutIs(harness, 'COMPLETED');
    expect(deploymentsOf(after).map(({ id }) => id)).not.toContain(failedId);
    expect(after['taskDefinition']).toBe(before['taskDefinition']);
    const { statuses, bodies } = await asking.stop();
    expect([...statuses]).toEqual([200]);
    expect(bodies).toEqual(['one']);

    const crashed = (await harness.tasks('STOPPED')).filter((task) => task['startedBy'] === failedId);
    expect(crashed.length).toBeGreaterThanOrEqual(3);
    expect(crashed[0]).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    });
    expect(harness.logs).toContainEqual({
      group: '/ecs/api',
      stream: `ecs/app/${(crashed[0]!['taskArn'] as string).split('/').at(-1)!}`,
      message: 'no database',
    });
    const messages = (after['events'] as JsonObject[]).map((event) => event['message']);
    expect(messages).toContain(`(service api) (deployment ${failedId}) deployment failed: tasks failed to start.`);
  });

  it('is rolled back when tasks fail the load balancer, which never sends them a request', async () => {
    const before = await serviceOnOne({ desiredCount: 1, healthCheckGracePeriodSeconds: 1 });
    const asking = askContinually(url);
    const bad = await update({ taskDefinition: await harness.register('sick') });
    await deploymentEnds(harness, bad['currentServiceDeployment'], 'ROLLBACK_SUCCESSFUL');
    const { statuses, bodies } = await asking.stop();
    expect([...statuses]).toEqual([200]);
    expect(bodies).toEqual(['one']);
    expect((await rolloutIs(harness, 'COMPLETED'))['taskDefinition']).toBe(before['taskDefinition']);
    const [task] = await harness.tasks('STOPPED');
    expect(task).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Task failed ELB health checks in (target-group ${targetGroupArn})`,
    });
  });

  it('fails without a way back when the very first deployment never comes up', async () => {
    await harness.call('CreateService', {
      cluster: 'production',
      serviceName: 'api',
      taskDefinition: await harness.register('crash'),
      desiredCount: 1,
      deploymentConfiguration: BREAKER,
    });
    const failed = await rolloutIs(harness, 'FAILED');
    expect(deploymentsOf(failed)[0]).toMatchObject({
      status: 'PRIMARY',
      failedTasks: 3,
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    });
    expect(await serviceDeployment(harness, failed['currentServiceDeployment'])).toMatchObject({ status: 'STOPPED' });
  });

  it('goes on for ever without a circuit breaker', async () => {
    await serviceOnOne({ desiredCount: 1, deploymentConfiguration: {} });
    await update({ taskDefinition: await harness.register('crash') });
    await waitFor('more failures than any breaker takes', async () => {
      const [primary] = deploymentsOf(await harness.service());
      return (primary!['failedTasks'] as number) > 3 && primary!['rolloutState'] === 'IN_PROGRESS';
    });
    expect(deploymentsOf(await harness.service())[1]).toMatchObject({ status: 'ACTIVE', runningCount: 1 });
  });
});

describe('StopServiceDeployment', () => {
  it('rolls a deployment in flight back, then conflicts', async () => {
    const before = await serviceOnOne();
    const updated = await update({ taskDefinition: await harness.register('sick') });
    const arn = updated['currentServiceDeployment'] as string;
    await waitFor(
      'a new task that runs',
      async () => (deploymentsOf(await harness.service())[0]!['runningCount'] as number) > 0,
    );
    await harness.call('StopServiceDeployment', { serviceDeploymentArn: arn, stopType: 'ROLLBACK' });
    expect(await serviceDeployment(harness, arn)).toMatchObject({ status: 'ROLLBACK_REQUESTED' });
    await harness.call('StopServiceDeployment', { serviceDeploymentArn: arn });
    await deploymentEnds(harness, arn, 'ROLLBACK_IN_PROGRESS');
    await deploymentEnds(harness, arn, 'ROLLBACK_SUCCESSFUL');
    expect((await rolloutIs(harness, 'COMPLETED'))['taskDefinition']).toBe(before['taskDefinition']);
    await expect(harness.call('StopServiceDeployment', { serviceDeploymentArn: arn })).rejects.toThrow(
      expect.objectContaining({ code: 'ConflictException' }) as Error,
    );
    await expect(harness.call('StopServiceDeployment', { serviceDeploymentArn: `${arn}x` })).rejects.toThrow(
      expect.objectContaining({ code: 'ServiceDeploymentNotFoundException' }) as Error,
    );
  });

  it('ends ROLLBACK_FAILED when nothing was ever completed', async () => {
    const { service } = await harness.call('CreateService', {
      cluster: 'production',
      serviceName: 'api',
      taskDefinition: await harness.register('crash'),
    });
    const arn = (service as JsonObject)['currentServiceDeployment'] as string;
    await deploymentEnds(harness, arn, 'IN_PROGRESS');
    await harness.call('StopServiceDeployment', { serviceDeploymentArn: arn, stopType: 'ROLLBACK' });
    await deploymentEnds(harness, arn, 'ROLLBACK_FAILED');
  });
});

describe('an update during a rollout', () => {
  it('supersedes it: the first service deployment ends STOPPED, the second succeeds', async () => {
    await serviceOnOne();
    const first = await update({ taskDefinition: await harness.register('sick') });
    await deploymentEnds(harness, first['currentServiceDeployment'], 'IN_PROGRESS');
    const second = await update({ taskDefinition: await harness.register('three') });
    expect(deploymentsOf(second).map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE', 'ACTIVE']);
    await deploymentEnds(harness, first['currentServiceDeployment'], 'STOPPED');
    await deploymentEnds(harness, second['currentServiceDeployment'], 'SUCCESSFUL');
    expect(await (await fetch(url)).text()).toContain('three');
    const { serviceDeployments } = await harness.call('ListServiceDeployments', {
      cluster: 'production',
      service: 'api',
    });
    expect((serviceDeployments as JsonObject[]).map(({ status }) => status)).toEqual([
      'SUCCESSFUL',
      'STOPPED',
      'SUCCESSFUL',
    ]);
    const filtered = await harness.call('ListServiceDeployments', {
      cluster: 'production',
      service: 'api',
      status: ['STOPPED'],
    });
    expect(filtered['serviceDeployments']).toMatchObject([
      { serviceDeploymentArn: first['currentServiceDeployment']! },
    ]);
  });
});

describe('a service without a deployment under way', () => {
  it('replaces a task that was lost without touching its rollout state', async () => {
    const before = await serviceOnOne();
    const [lost] = await harness.tasks('RUNNING');
    await harness.call('StopTask', { cluster: 'production', task: lost!['taskArn']!, reason: 'a drill' });
    await waitFor('two healthy tasks again', async () => {
      const tasks = await harness.tasks('RUNNING');
      return tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length === 2;
    });
    expect(deploymentsOf(await harness.service())).toMatchObject([
      { id: deploymentsOf(before)[0]!['id']!, rolloutState: 'COMPLETED', failedTasks: 0 },
    ]);
    const stopped = (await harness.tasks('STOPPED')).find((task) => task['taskArn'] === lost!['taskArn']);
    expect(stopped).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'a drill' });
  });
});
