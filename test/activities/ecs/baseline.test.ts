import {
  BREAKER,
  capturedBaseline,
  COMMIT,
  deploy,
  imageOf,
  RELEASE,
  startHarness,
  targetOf,
  WITHIN_MS,
} from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const target = targetOf();
const capture = () => harness.run('captureBaseline', { target });

it('captures what runs: revision, digests, desired count, and pins for an image named by a tag', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one);
  const { digest, reference } = await imageOf('one');
  expect(await capture()).toEqual({
    kind: 'baseline',
    baseline: {
      service: 'api',
      taskDefinitionArn: one,
      digests: { app: digest },
      serviceRevisionArn: expect.stringContaining(':service-revision/') as string,
      serviceDeploymentArn: expect.stringContaining(':service-deployment/') as string,
      desiredCount: 2,
      pins: { app: reference },
    },
  });
});

it('finds a deployment in flight, and whether it is ours', async () => {
  await harness.serviceOf(await harness.register('one'));
  const sick = { healthCheck: { command: ['CMD-SHELL', 'exit 1'], interval: 5, retries: 10 } };
  const foreign = await harness.register('two', sick);
  await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: foreign });
  expect(await capture()).toMatchObject({
    kind: 'in-flight',
    ours: false,
    deployment: { taskDefinitionArn: foreign, deploymentId: expect.stringMatching(/^ecs-svc/) as string },
  });
});

it('never takes an unfinished revision of ours for a baseline, whoever asks', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one);
  const { taskDefinitionArn } = await deploy(harness, 'two');
  expect(await capture()).toMatchObject({
    kind: 'in-flight',
    ours: true,
    unfinished: { commit: COMMIT, deployment: { taskDefinitionArn }, returnTo: { taskDefinitionArn: one } },
  });
  await harness.run('awaitSettled', { target, withinMs: WITHIN_MS });

  const { reference } = await imageOf('one');
  expect(await capture()).toEqual({
    kind: 'unfinished',
    unfinished: {
      commit: COMMIT,
      release: RELEASE,
      deployment: expect.objectContaining({ taskDefinitionArn }) as object,
      returnTo: expect.objectContaining({ taskDefinitionArn: one, digests: {}, pins: { app: reference } }) as object,
    },
  });

  await harness.run('markVerified', { target, taskDefinitionArn });
  expect(await capture()).toMatchObject({ kind: 'baseline', baseline: { taskDefinitionArn, commit: COMMIT } });
});

it('finds a deployment of ours in flight while ECS takes it back, and the old revision once it has', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one, BREAKER);
  await deploy(harness, 'crash');
  const kinds = new Set<string>();
  for (let answer = await capture(); answer.kind !== 'baseline'; answer = await capture()) {
    kinds.add(answer.kind === 'in-flight' ? `in flight, ours: ${answer.ours}` : answer.kind);
  }
  expect([...kinds]).toEqual(['in flight, ours: true']);
  expect(await capture()).toMatchObject({ baseline: { taskDefinitionArn: one } });
});

it('goes back to the last successful revision where a foreign rollout failed and was left so', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one, {
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
  });
  const crash = await harness.register('crash');
  await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: crash });
  await harness.run('awaitSettled', { target, withinMs: WITHIN_MS });
  expect(await capture()).toMatchObject({ kind: 'baseline', baseline: { taskDefinitionArn: one } });
});

it('refuses a baseline that was deregistered', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one);
  await harness.call('DeregisterTaskDefinition', { taskDefinition: one });
  await expect(capture()).rejects.toMatchObject({
    type: 'TargetUnsuitable',
    message: expect.stringMatching(/runs api:1, which was deregistered/) as string,
  });
});

it('tells what runs: the revision, its commit, whether it was verified, and what is in flight', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one);
  const ask = () => harness.run('whatRuns', { target });
  const { digest } = await imageOf('one');
  expect(await ask()).toEqual({
    taskDefinitionArn: one,
    commit: null,
    release: null,
    verified: false,
    inFlight: null,
    digests: { app: digest },
  });
  const { taskDefinitionArn, deployment } = await deploy(harness, 'two');
  expect(await ask()).toMatchObject({
    commit: COMMIT,
    release: RELEASE,
    verified: false,
    inFlight: { deploymentId: deployment.deploymentId },
  });
  await harness.run('awaitSettled', { target, withinMs: WITHIN_MS });
  await harness.run('markVerified', { target, taskDefinitionArn });
  expect(await ask()).toMatchObject({ taskDefinitionArn, verified: true, inFlight: null });
});

it('says in one sentence that the cluster or the service is missing', async () => {
  const lost = { ...target, cluster: 'staging' };
  await expect(harness.run('captureBaseline', { target: lost })).rejects.toMatchObject({
    type: 'TargetMissing',
    message: 'There is no ECS cluster "staging" in eu-west-1.',
  });
  await expect(capturedBaseline(harness)).rejects.toMatchObject({
    type: 'TargetMissing',
    message: 'There is no ECS service "api" in cluster "production" in eu-west-1.',
  });
});
