import {
  BREAKER,
  capturedBaseline,
  deploy,
  imageOf,
  permitOf,
  startHarness,
  targetOf,
  trusting,
  WITHIN_MS,
} from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

async function follow(tag: string, more: { failAfterStops?: number; withinMs?: number } = {}, heard: string[] = []) {
  const { deployment, digest, taskDefinitionArn } = await deploy(harness, tag);
  const target = targetOf({ failAfterStops: more.failAfterStops ?? 2 });
  const input = { target, deployment, imageDigest: digest, withinMs: more.withinMs ?? WITHIN_MS };
  return {
    end: await harness.run('awaitStable', input, { heard }),
    deployment,
    digest,
    taskDefinitionArn,
  };
}

it('follows a good deployment of ours to its success', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { end, digest } = await follow('two');
  expect(end).toEqual({ kind: 'succeeded', digests: { app: digest } });
});

it('fails after our own count of essential exits, with exit code and last output', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { end } = await follow('crash');
  expect(end).toMatchObject({ kind: 'failed' });
  const { cause } = end as { cause: string };
  expect(cause).toMatch(/^\d+ new tasks failed; the last: task [0-9a-f]{32} stopped \(EssentialContainerExited: /);
  expect(cause).toContain('app, exit code 3');
  expect(cause).toContain('last output: no database');
});

it('fails at once when the image cannot be pulled', async () => {
  await harness.serviceOf(await harness.register('one'));
  const target = targetOf({ failAfterStops: 50 });
  const baseline = await capturedBaseline(harness);
  const imageReference = `registry.test/app@sha256:${'0'.repeat(64)}`;
  const request = { target, baseline, permit: permitOf(imageReference), release: 'r' };
  const { taskDefinitionArn } = await harness.run('registerRevision', request);
  const deployment = await harness.run('updateService', { ...request, taskDefinitionArn });
  const input = { target, deployment, imageDigest: null, withinMs: WITHIN_MS };
  expect(await harness.run('awaitStable', input)).toEqual({
    kind: 'failed',
    cause: expect.stringContaining('TaskFailedToStart: CannotPullContainerError') as string,
  });
});

it("sees the breaker's rollback as a failure, though ECS calls it successful", async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one, BREAKER);
  const { end } = await follow('crash', { failAfterStops: 1_000 });
  expect(end).toMatchObject({ kind: 'rolled-back', taskDefinitionArn: one });
  expect((end as { cause: string }).cause).toMatch(/ROLLBACK_.*circuit breaker.*exit code 3/s);
});

it('sees a rollback that was over before it began to look', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one, BREAKER);
  const { deployment, target, digest } = await deploy(harness, 'crash');
  const settled = await harness.run('awaitSettled', { target, withinMs: WITHIN_MS });
  expect(settled).toEqual({ settled: true, cause: 'settled on api:1' });
  const input = { target, deployment, imageDigest: digest, withinMs: WITHIN_MS };
  const end = await harness.run('awaitStable', input);
  expect(end).toMatchObject({ kind: 'rolled-back', taskDefinitionArn: one });
});

it("is superseded by somebody else's deployment", async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'crash');
  const three = await harness.register('three');
  await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: three });
  const input = { target: targetOf({ failAfterStops: 1_000 }), deployment, imageDigest: digest, withinMs: WITHIN_MS };
  const end = await harness.run('awaitStable', { ...input, target: { ...target, ...input.target } });
  expect(end).toEqual({
    kind: 'superseded',
    cause: expect.stringMatching(/another deployment \(ecs-svc\/\d+ of api:3\) took the place of ours/) as string,
  });
});

it('says how far it is, and fails when the time is over with what it saw last', async () => {
  await harness.serviceOf(await harness.register('one'));
  const heard: string[] = [];
  const { end } = await follow('crash', { failAfterStops: 1_000, withinMs: 1_200 }, heard);
  expect(heard).toContainEqual(expect.stringMatching(/^[012] of 2 new tasks running, 2 old; \d+ failed/));
  expect(end).toMatchObject({ kind: 'failed' });
  expect((end as { cause: string }).cause).toMatch(
    /^not stable within 1 s: [012] of 2 new tasks running, 2 old; \d+ failed/,
  );
});

it('outlives throttling and errors of ECS', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'two');
  harness.core.faults.add({ action: 'ecs:DescribeServices', kind: 'reset', times: 7 });
  harness.core.faults.add({ action: 'ecs:ListTasks', kind: 'error', times: 2 });
  const input = { target, deployment, imageDigest: digest, withinMs: WITHIN_MS };
  expect(await harness.run('awaitStable', input)).toMatchObject({ kind: 'succeeded' });
});

it('outlives credentials that expire in the midst of it, until they are renewed', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'two');
  // Each look is tried again at once, with what the renewal brought.
  harness.core.faults.add({ action: 'ecs:DescribeServices', kind: 'expire', times: 5 });
  const input = { target, deployment, imageDigest: digest, withinMs: WITHIN_MS };
  expect(await harness.run('awaitStable', input)).toMatchObject({ kind: 'succeeded' });
  expect(harness.core.calls().filter(({ errorCode }) => errorCode === 'ExpiredTokenException')).toHaveLength(5);
});

it('is tried again where ECS could not be asked for too long, but not once the time for it all is over', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'two');
  harness.core.faults.add({ action: 'ecs:DescribeServices', kind: 'expire', times: 1_000 });
  const attempt = (withinMs: number) =>
    harness.run(
      'awaitStable',
      { target, deployment, imageDigest: digest, withinMs },
      { deps: { unavailableAfterMs: 0 } },
    );
  await expect(attempt(WITHIN_MS)).rejects.toMatchObject({ type: 'Unavailable', retryable: true });
  await expect(attempt(0)).rejects.toMatchObject({ type: 'Unavailable', retryable: false });
});

it('claims nothing when ECS cannot be asked for too long', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'two');
  harness.core.faults.add({ action: 'ecs:DescribeServices', kind: 'reset', times: 1_000 });
  const deps = { unavailableAfterMs: 0 };
  const input = { target, deployment, imageDigest: digest, withinMs: WITHIN_MS };
  await expect(harness.run('awaitStable', input, { deps })).rejects.toMatchObject({ type: 'Unavailable' });
});

it('does not take a running task with another digest for ours', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target } = await deploy(harness, 'two');
  const { digest } = await imageOf('three');
  const ecr = { send: async () => ({ images: [{ imageManifest: '{"manifests":[]}' }] }) };
  const deps = { authority: trusting({ ...harness.clients, ecr: () => ecr as never }) };
  const input = { target, deployment, imageDigest: digest, withinMs: WITHIN_MS };
  const end = await harness.run('awaitStable', input, { deps });
  expect(end).toMatchObject({ kind: 'failed', cause: expect.stringContaining(`instead of ${digest}`) as string });
});

it('takes a manifest that our image index lists for ours', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { deployment, target, digest } = await deploy(harness, 'two');
  const index = `sha256:${'1'.repeat(64)}`;
  const asked: unknown[] = [];
  const ecr = {
    send: async (command: { input: unknown }) => {
      asked.push(command.input);
      return { images: [{ imageManifest: JSON.stringify({ manifests: [{ digest }, { digest: 'sha256:2' }] }) }] };
    },
  };
  const deps = { authority: trusting({ ...harness.clients, ecr: () => ecr as never }) };
  const input = { target, deployment, imageDigest: index, withinMs: WITHIN_MS };
  expect(await harness.run('awaitStable', input, { deps })).toEqual({ kind: 'succeeded', digests: { app: digest } });
  expect(asked).toEqual([expect.objectContaining({ repositoryName: 'app', imageIds: [{ imageDigest: index }] })]);
});
