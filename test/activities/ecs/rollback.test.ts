import { TypedError } from '../../../model/failures';
import type { VerifiedRevision } from '../../../model/messages';
import type { RollbackFinding } from '../../../model/rollback';
import { capturedBaseline, COMMIT, deploy, imageOf, startHarness, targetOf, trusting } from './harness';
import type { AwsHarness } from './harness';

const target = targetOf();
const OTHER = '9'.repeat(40);

let harness: AwsHarness;
/** The release that was verified, and then followed by another one, which was verified too. */
let earlier: { taskDefinitionArn: string; digest: string };
let current: string;

beforeEach(async () => {
  harness = await startHarness();
  await harness.serviceOf(await harness.register('one'));
  earlier = await verified('two', COMMIT, 'release-1');
  current = (await verified('three', OTHER, 'release-2')).taskDefinitionArn;
});
afterEach(() => harness.close());

async function verified(tag: string, commit: string, release: string) {
  const { taskDefinitionArn, digest } = await deploy(harness, tag, commit, release);
  await harness.settled();
  await harness.run('markVerified', { target, taskDefinitionArn });
  return { taskDefinitionArn, digest };
}

async function wanted(change: object = {}) {
  const { taskDefinitionArn, digest } = earlier;
  const stand = await harness.run('lookBeforeRollback', { target, taskDefinitionArn });
  if (stand.kind !== 'stands') throw new Error(`it is ${stand.kind}`);
  return { target, taskDefinitionArn, digest, commit: COMMIT, ...(stand.since && { since: stand.since }), ...change };
}

const deployments = async (): Promise<unknown[]> => {
  const listed = await harness.call('ListServiceDeployments', { cluster: 'production', service: 'api' });
  return listed['serviceDeployments'] as unknown[];
};
const updates = () => harness.sent('UpdateService').length;

describe('before a rollback a service', () => {
  const look = (taskDefinitionArn: string) => harness.run('lookBeforeRollback', { target, taskDefinitionArn });

  it('stands with what it could be taken back to', async () => {
    expect(await look(earlier.taskDefinitionArn)).toMatchObject({
      kind: 'stands',
      baseline: { taskDefinitionArn: current, commit: OTHER },
      since: expect.stringContaining(':service-deployment/') as string,
    });
  });

  it('runs what is wanted already', async () => {
    expect(await look(current)).toEqual({ kind: 'runs' });
  });

  it('rolls, to what is wanted or not; only the latter is stopped', async () => {
    await harness.call('UpdateService', {
      cluster: 'production',
      service: 'api',
      taskDefinition: await harness.register('three', { command: ['never', 'ready'] }),
    });
    expect(await look(earlier.taskDefinitionArn)).toMatchObject({ kind: 'rolling', wanted: false });
    expect(await harness.run('stopRolling', { target, taskDefinitionArn: earlier.taskDefinitionArn })).toEqual({
      stopped: true,
    });
    // A second order finds nothing to stop.
    expect(await harness.run('stopRolling', { target, taskDefinitionArn: earlier.taskDefinitionArn })).toEqual({
      stopped: false,
    });
    await harness.settled();
    expect(await look(current)).toEqual({ kind: 'runs' });

    await harness.call('UpdateService', {
      cluster: 'production',
      service: 'api',
      taskDefinition: earlier.taskDefinitionArn,
    });
    expect(await look(earlier.taskDefinitionArn)).toMatchObject({ kind: 'rolling', wanted: true });
    expect(await harness.run('stopRolling', { target, taskDefinitionArn: earlier.taskDefinitionArn })).toEqual({
      stopped: false,
    });
  });

  it('whose unverified revision of ours nobody finished can be taken back to what that names', async () => {
    await deploy(harness, 'two', 'e'.repeat(40), 'release-3');
    await harness.settled();
    expect(await look(earlier.taskDefinitionArn)).toMatchObject({
      kind: 'stands',
      baseline: { taskDefinitionArn: current },
    });
  });

  it('whose live revision was deregistered stands all the same, with nothing to go back to', async () => {
    await harness.call('DeregisterTaskDefinition', { taskDefinition: current });
    expect(await look(earlier.taskDefinitionArn)).toMatchObject({
      kind: 'stands',
      baseline: null,
      noBaseline: expect.stringContaining('was deregistered') as string,
    });
  });
});

describe('deploying a revision that was verified before', () => {
  it('is one UpdateService, and registers nothing', async () => {
    const registered = harness.sent('RegisterTaskDefinition').length;
    const before = updates();
    const ref = await harness.run('deployVerified', await wanted());
    expect(ref).toEqual({
      service: 'api',
      taskDefinitionArn: earlier.taskDefinitionArn,
      deploymentId: expect.stringMatching(/^ecs-svc\//) as string,
      serviceDeploymentArn: expect.stringContaining(':service-deployment/') as string,
    });
    expect(harness.sent('UpdateService').slice(before)).toEqual([
      { cluster: 'production', service: 'api', taskDefinition: earlier.taskDefinitionArn },
    ]);
    expect(harness.sent('RegisterTaskDefinition')).toHaveLength(registered);
    const end = await harness.run('awaitStable', {
      ...{ target, deployment: ref, imageDigest: earlier.digest, withinMs: 20_000 },
    });
    expect(end).toMatchObject({ kind: 'succeeded' });
    expect((await capturedBaseline(harness)).taskDefinitionArn).toBe(earlier.taskDefinitionArn);
  });

  it.each(['lose-answer', 'reset'] as const)('begins once, though the answer met the fault %s', async (kind) => {
    const input = await wanted();
    const before = (await deployments()).length;
    harness.core.faults.add({ action: 'ecs:UpdateService', kind });
    const attempt = () => harness.run('deployVerified', input);
    await expect(attempt()).rejects.toMatchObject({ type: 'Unavailable' });
    const ref = await attempt();
    expect(await attempt()).toEqual(ref);
    await harness.settled();
    expect(await attempt()).toEqual(ref);
    expect(await deployments()).toHaveLength(before + 1);
  });

  it('does not take an earlier attempt that was taken back for its own', async () => {
    const first = await harness.run('deployVerified', await wanted());
    await harness.call('StopServiceDeployment', {
      serviceDeploymentArn: first.serviceDeploymentArn!,
      stopType: 'ROLLBACK',
    });
    await harness.settled();
    const second = await harness.run('deployVerified', await wanted());
    expect(second.serviceDeploymentArn).not.toBe(first.serviceDeploymentArn);
  });

  it('is refused where somebody else began a deployment since the look', async () => {
    const input = await wanted();
    const foreign = await harness.register('one');
    await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: foreign });
    const before = updates();
    await expect(harness.run('deployVerified', input)).rejects.toMatchObject({ type: 'TargetUnsuitable' });
    expect(updates()).toBe(before);
  });

  it.each<[string, () => Promise<object>, RegExp]>([
    ['a revision that was never verified', async () => ({ taskDefinitionArn: await harness.register('one') }), /mark/],
    [
      'a revision of another family',
      async () => ({ taskDefinitionArn: await harness.register('one', {}, { family: 'web' }) }),
      /another family/,
    ],
    ['a revision of another commit', () => Promise.resolve({ commit: OTHER }), /is of commit/],
    ['a revision with another image', async () => ({ digest: (await imageOf('one')).digest }), /instead of/],
  ])('is refused for %s', async (_what, change, says) => {
    const input = await wanted(await change());
    const before = updates();
    await expect(harness.run('deployVerified', input)).rejects.toMatchObject({ type: 'PolicyRefused', message: says });
    expect(updates()).toBe(before);
  });

  it('is refused where the policy of this worker has no such service', async () => {
    const input = await wanted();
    const before = updates();
    const authority = {
      ...trusting(harness.clients),
      mayReturn: () => {
        throw new TypedError('PolicyRefused', 'no environment of the policy has it');
      },
    };
    const attempt = harness.run('deployVerified', input, { deps: { authority } });
    await expect(attempt).rejects.toMatchObject({ type: 'PolicyRefused' });
    expect(updates()).toBe(before);
  });
});

describe('looking whether it could be done', () => {
  const revision = (): VerifiedRevision => ({
    commit: COMMIT,
    digest: earlier.digest,
    taskDefinitions: { api: earlier.taskDefinitionArn },
    at: 0,
  });
  const bad = (findings: RollbackFinding[]) => findings.filter(({ good }) => !good).map(({ what }) => what);

  // ECR is not on this stage: test/e2e/rollback.test.ts has one.
  it('finds everything but the image, and writes nothing', async () => {
    const before = harness.core.calls({ service: 'ecs' }).length;
    const { findings, imageReference } = await harness.run('inspectRollback', {
      targets: [target],
      revision: revision(),
    });
    expect(findings.map(({ what }) => what)).toEqual([
      'api: policy',
      'api: service',
      'api: task definition',
      'api: image',
    ]);
    expect(bad(findings)).toEqual(['api: image']);
    expect(imageReference).toContain(earlier.digest);
    const asked = harness.core.calls({ service: 'ecs' }).slice(before);
    expect(asked.filter(({ action }) => !/^(Describe|List)/.test(action))).toEqual([]);
  });

  it('finds a revision that was deregistered', async () => {
    await harness.call('DeregisterTaskDefinition', { taskDefinition: earlier.taskDefinitionArn });
    const { findings } = await harness.run('inspectRollback', { targets: [target], revision: revision() });
    expect(findings[2]).toMatchObject({ good: false, said: expect.stringContaining('is INACTIVE') as string });
  });

  it('finds a service that was no part of the environment then', async () => {
    const later = { ...revision(), taskDefinitions: {} };
    const { findings } = await harness.run('inspectRollback', { targets: [target], revision: later });
    expect(bad(findings)).toEqual(['api: task definition']);
  });

  it('finds a service that is gone', async () => {
    const gone = targetOf({ service: 'web' });
    const { findings } = await harness.run('inspectRollback', { targets: [gone], revision: revision() });
    expect(bad(findings)).toEqual(['web: service', 'web: task definition']);
  });
});
