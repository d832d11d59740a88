import { BREAKER, deploy, imageOf, startHarness, targetOf, WITHIN_MS } from './harness';
import type { AwsHarness } from './harness';
import type { Baseline, ServiceDeploymentRef } from '../../../model/target';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const target = targetOf({ failAfterStops: 1_000 });

const begin = (baseline: Baseline, deployment: ServiceDeploymentRef | null) =>
  harness.run('beginReturn', { target, baseline, deployment });
const arrive = (baseline: Baseline, deployment: ServiceDeploymentRef) =>
  harness.run('awaitReturned', { target, baseline, deployment, withinMs: WITHIN_MS });
const writes = () =>
  harness.core
    .calls({ service: 'ecs' })
    .map(({ action }) => action)
    .filter((action) => !/^(Describe|List)/.test(action));

/** Service on an image pinned by digest, so that a return needs no copy of it. */
async function pinnedOne(more = {}): Promise<string> {
  const { reference } = await imageOf('one');
  const one = await harness.register('one', { image: reference });
  await harness.serviceOf(one, more);
  return one;
}

function followed(begun: Awaited<ReturnType<typeof begin>>): ServiceDeploymentRef {
  if (begun.kind !== 'following') throw new Error(`expected to follow, got ${begun.kind}`);
  return begun.deployment;
}

it('in flight: asks ECS to roll its deployment back, and follows it home', async () => {
  await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'crash');
  const begun = await begin(baseline, deployment);
  expect(await arrive(baseline, followed(begun))).toEqual({ kind: 'returned' });
  expect(writes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'StopServiceDeployment']);
  expect(await begin(baseline, deployment)).toEqual({ kind: 'already' });
});

it.each(['lose-answer', 'reset'] as const)('begins one return, though the answer met the fault %s', async (kind) => {
  const one = await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'crash');
  harness.core.faults.add({ action: 'ecs:StopServiceDeployment', kind });
  // Quick as it is, ECS may have returned before the answer to the repeated call shows it.
  const begun = await begin(baseline, deployment);
  if (begun.kind !== 'already') expect(await arrive(baseline, followed(begun))).toEqual({ kind: 'returned' });
  expect(await harness.run('whatRuns', { target })).toMatchObject({ taskDefinitionArn: one, inFlight: null });
  expect(harness.sent('UpdateService')).toHaveLength(1);
});

it('after success: updates the service to the baseline, once', async () => {
  const one = await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'two');
  await harness.settled();
  harness.core.faults.add({ action: 'ecs:UpdateService', kind: 'lose-answer' });
  await expect(begin(baseline, deployment)).rejects.toMatchObject({ type: 'Unavailable' });
  const begun = await begin(baseline, deployment);
  expect(await arrive(baseline, followed(begun))).toEqual({ kind: 'returned' });
  expect(harness.sent('UpdateService').slice(1)).toEqual([
    { cluster: 'production', service: 'api', taskDefinition: one },
  ]);
});

it('follows the rollback that ECS began by itself', async () => {
  await pinnedOne(BREAKER);
  const { baseline, deployment } = await deploy(harness, 'crash');
  const wait = { target, deployment, imageDigest: null, withinMs: WITHIN_MS };
  await harness.run('awaitStable', wait);
  const begun = await begin(baseline, deployment);
  if (begun.kind !== 'already') expect(await arrive(baseline, followed(begun))).toEqual({ kind: 'returned' });
  expect(writes()).toEqual(['RegisterTaskDefinition', 'UpdateService']);
});

it("leaves somebody else's deployment alone", async () => {
  await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'crash');
  const three = await harness.register('three');
  await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: three });
  const before = writes();
  expect(await begin(baseline, deployment)).toEqual({
    kind: 'superseded',
    cause: expect.stringMatching(
      /another deployment .* of api:3\) took the place of ours; it was left alone/,
    ) as string,
  });
  await harness.settled();
  expect(await begin(baseline, deployment)).toMatchObject({ kind: 'superseded' });
  expect(writes()).toEqual(before);
});

it('where nobody knows whether our update took effect: returns what our tags show, else finds nothing to do', async () => {
  await pinnedOne();
  const { baseline } = await deploy(harness, 'two');
  const begun = await begin(baseline, null);
  expect(await arrive(baseline, followed(begun))).toEqual({ kind: 'returned' });
  expect(await begin(baseline, null)).toEqual({ kind: 'already' });
});

it('returns an unfinished revision of a run that is gone to the baseline that its tags name', async () => {
  const one = await pinnedOne();
  await deploy(harness, 'two');
  await harness.settled();
  const answer = await harness.run('captureBaseline', { target });
  if (answer.kind !== 'unfinished') throw new Error(answer.kind);
  const { returnTo, deployment } = answer.unfinished;
  expect(await arrive(returnTo, followed(await begin(returnTo, deployment)))).toEqual({ kind: 'returned' });
  expect(await harness.run('captureBaseline', { target })).toMatchObject({
    kind: 'baseline',
    baseline: { taskDefinitionArn: one },
  });
});

it('returns to a copy with pinned images where the baseline names them by tag, and registers it once', async () => {
  const one = await harness.register('one');
  await harness.serviceOf(one);
  const { baseline, deployment } = await deploy(harness, 'two');
  await harness.settled();
  harness.core.faults.add({ action: 'ecs:UpdateService', kind: 'reset' });
  await expect(begin(baseline, deployment)).rejects.toMatchObject({ type: 'Unavailable' });
  const begun = followed(await begin(baseline, deployment));
  expect(begun.taskDefinitionArn).not.toBe(one);
  expect(await arrive(baseline, begun)).toEqual({ kind: 'returned' });
  expect(harness.sent('RegisterTaskDefinition')).toHaveLength(2);
  const copy = await harness.call('DescribeTaskDefinition', {
    taskDefinition: begun.taskDefinitionArn,
    include: ['TAGS'],
  });
  expect(copy).toMatchObject({
    taskDefinition: { containerDefinitions: [{ image: (await imageOf('one')).reference }] },
    tags: [{ key: 'sluice:pinned', value: one }],
  });
  expect(await harness.run('captureBaseline', { target })).toMatchObject({ kind: 'baseline' });
});

it('returns to a copy of a baseline that was deregistered meanwhile', async () => {
  const one = await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'two');
  await harness.settled();
  await harness.call('DeregisterTaskDefinition', { taskDefinition: one });
  expect(await arrive(baseline, followed(await begin(baseline, deployment)))).toEqual({ kind: 'returned' });
});

it('says that ECS settled elsewhere, and updates to the baseline at the next step', async () => {
  const one = await pinnedOne();
  const { baseline, deployment } = await deploy(harness, 'two');
  await harness.settled();
  expect(await arrive(baseline, deployment)).toEqual({
    kind: 'elsewhere',
    cause: 'ECS settled on api:2, which is not the baseline',
  });
  expect(await arrive(baseline, followed(await begin(baseline, deployment)))).toEqual({ kind: 'returned' });
  expect((await harness.run('whatRuns', { target })).taskDefinitionArn).toBe(one);
});
