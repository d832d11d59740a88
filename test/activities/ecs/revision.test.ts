import type { JsonObject } from '../../../local/aws/contract';
import { capturedBaseline, COMMIT, imageOf, permitOf, RELEASE, startHarness, targetOf } from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const environment = { COMMIT: '${commit}', MODE: 'on' };

async function request(target = targetOf({ environment })) {
  const { reference } = await imageOf('two');
  return {
    target,
    baseline: await capturedBaseline(harness),
    imageReference: reference,
    commit: COMMIT,
    permit: permitOf(reference),
    release: RELEASE,
  };
}

async function read(arn: string) {
  const answer = await harness.call('DescribeTaskDefinition', { taskDefinition: arn, include: ['TAGS'] });
  return {
    definition: answer['taskDefinition'] as JsonObject,
    tags: (answer['tags'] ?? []) as { key: string; value: string }[],
  };
}

const UNKNOWN = { top: { brandNew: { deep: [1, { x: null }] } }, nested: { futureKnob: 'keep me' } };

it('copies the live task definition whole, fields unknown to the SDK included, and changes image and environment only', async () => {
  const one = await harness.register(
    'one',
    {
      ...UNKNOWN.nested,
      environment: [
        { name: 'MODE', value: 'off' },
        { name: 'KEPT', value: 'yes' },
      ],
    },
    { ...UNKNOWN.top, tags: [{ key: 'team', value: 'shop' }] },
  );
  await harness.serviceOf(one);
  const before = (await read(one)).definition;
  const input = await request();
  const { taskDefinitionArn, registered } = await harness.run('registerRevision', input);

  expect(registered).toBe(true);
  const { definition, tags } = await read(taskDefinitionArn);
  const [container] = before['containerDefinitions'] as JsonObject[];
  expect(definition).toEqual({
    ...before,
    taskDefinitionArn,
    revision: 2,
    registeredAt: expect.any(Number) as number,
    registeredBy: expect.any(String) as string,
    containerDefinitions: [
      {
        ...container,
        image: input.imageReference,
        environment: [
          { name: 'MODE', value: 'on' },
          { name: 'KEPT', value: 'yes' },
          { name: 'COMMIT', value: COMMIT },
        ],
      },
    ],
  });
  expect(definition).toMatchObject(UNKNOWN.top);
  expect((definition['containerDefinitions'] as JsonObject[])[0]).toMatchObject(UNKNOWN.nested);
  expect(Object.fromEntries(tags.map(({ key, value }) => [key, value]))).toEqual({
    team: 'shop',
    'sluice:release': RELEASE,
    'sluice:commit': COMMIT,
    'sluice:baseline': one,
    'sluice:template': one,
  });
});

it.each(['lose-answer', 'reset'] as const)('registers once, though the answer met the fault %s', async (kind) => {
  await harness.serviceOf(await harness.register('one'));
  harness.core.faults.add({ action: 'ecs:RegisterTaskDefinition', kind });
  const input = await request();
  const attempt = () => harness.run('registerRevision', input);
  await expect(attempt()).rejects.toMatchObject({ type: 'Unavailable' });
  // The SDK must not have repeated it by itself.
  expect(harness.sent('RegisterTaskDefinition')).toHaveLength(1);
  const { taskDefinitionArn } = await attempt();
  expect(await attempt()).toEqual({ taskDefinitionArn, registered: false });
  expect((await harness.call('ListTaskDefinitions'))['taskDefinitionArns']).toHaveLength(2);
});

it('waits out throttling without registering twice', async () => {
  await harness.serviceOf(await harness.register('one'));
  harness.core.faults.add({ action: 'ecs:RegisterTaskDefinition', kind: 'throttle', times: 2 });
  expect(await harness.run('registerRevision', await request())).toMatchObject({ registered: true });
  expect((await harness.call('ListTaskDefinitions'))['taskDefinitionArns']).toHaveLength(2);
});

it('registers another revision for another release of the same content', async () => {
  await harness.serviceOf(await harness.register('one'));
  const input = await request();
  const first = await harness.run('registerRevision', input);
  const second = await harness.run('registerRevision', { ...input, release: 'another' });
  expect(second).toMatchObject({ registered: true });
  expect(second.taskDefinitionArn).not.toBe(first.taskDefinitionArn);
});

it('registers nothing where nothing would change', async () => {
  const { reference } = await imageOf('two');
  const live = await harness.register('two', { image: reference });
  await harness.serviceOf(live);
  const input = await request(targetOf());
  expect(await harness.run('registerRevision', input)).toEqual({
    taskDefinitionArn: live,
    registered: false,
  });
  await harness.run('markVerified', { target: targetOf(), taskDefinitionArn: live });
  expect((await read(live)).tags).toEqual([]);
});

it("copies the family's newest revision of its owner, never one of ours, when told so", async () => {
  await harness.serviceOf(await harness.register('one'));
  const target = targetOf({ from: 'family-latest' });
  const newest = await harness.register('one', { memory: 256 });
  const first = await harness.run('registerRevision', await request(target));
  const again = await harness.run('registerRevision', { ...(await request(target)), release: 'next' });
  for (const { taskDefinitionArn } of [first, again]) {
    const { definition, tags } = await read(taskDefinitionArn);
    expect(definition['containerDefinitions']).toMatchObject([{ memory: 256 }]);
    expect(tags).toContainEqual({ key: 'sluice:template', value: newest });
  }
});

it('previews what it would register, with a fingerprint bound to content and baseline', async () => {
  await harness.serviceOf(await harness.register('one', { environment: [{ name: 'MODE', value: 'off' }] }));
  const input = await request();
  const preview = (more = {}) => harness.run('previewRevision', { ...input, ...more });
  const first = await preview();
  expect(first.changes).toEqual([
    `app: image registry.test/app:one → ${input.imageReference}`,
    'app: environment ~ MODE',
    'app: environment + COMMIT',
  ]);
  expect(await preview()).toEqual(first);
  expect((await preview({ commit: 'f'.repeat(40) })).fingerprint).not.toBe(first.fingerprint);
  const other = { ...input.baseline, serviceRevisionArn: 'another' };
  expect((await preview({ baseline: other })).fingerprint).not.toBe(first.fingerprint);
});

it('marks a revision once, and keeps the time of the first verdict', async () => {
  await harness.serviceOf(await harness.register('one'));
  const { taskDefinitionArn } = await harness.run('registerRevision', await request());
  for (const time of ['2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z']) {
    const deps = { now: () => new Date(time) };
    await harness.run('markVerified', { target: targetOf(), taskDefinitionArn }, { deps });
  }
  expect((await read(taskDefinitionArn)).tags).toContainEqual({
    key: 'sluice:verified',
    value: '2026-01-01T00:00:00.000Z',
  });
});
