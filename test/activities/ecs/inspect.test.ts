import { BREAKER, COMMIT, startHarness, targetOf } from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const inspect = (target = targetOf(), requireCircuitBreaker = false) =>
  harness.run('inspectTargets', {
    targets: [target],
    permit: { repository: '/repositories/shop', commit: COMMIT },
    requireCircuitBreaker,
  });

it('lets a service pass that can be released to', async () => {
  await harness.serviceOf(await harness.register('one'), BREAKER);
  await expect(inspect(targetOf(), true)).resolves.toBeUndefined();
  expect(harness.core.calls().every(({ action }) => /^(Describe|List)/.test(action))).toBe(true);
});

it('names a cluster and a service that do not exist', async () => {
  await expect(inspect({ ...targetOf(), cluster: 'none' })).rejects.toMatchObject({
    type: 'TargetMissing',
    message: 'There is no ECS cluster "none" in eu-west-1.',
  });
  await expect(inspect()).rejects.toMatchObject({ type: 'TargetMissing' });
});

it('names each objection in a sentence', async () => {
  await harness.serviceOf(await harness.register('one'));
  await expect(inspect(targetOf({ container: 'web' }), true)).rejects.toMatchObject({
    type: 'TargetUnsuitable',
    message:
      'Service api in cluster production (eu-west-1) has no container "web" in its task definition, only "app"; correct `container` in release.yml. ' +
      'Service api in cluster production (eu-west-1) has no deployment circuit breaker with rollback; switch it on, since nothing else returns the service if this process dies.',
  });
});

it('names the action that a role may not do', async () => {
  await harness.serviceOf(await harness.register('one'));
  harness.core.faults.add({ action: 'ecs:DescribeServices', kind: 'deny' });
  await expect(inspect()).rejects.toMatchObject({
    type: 'AccessDenied',
    message: expect.stringContaining('ecs:DescribeServices of service api in cluster production') as string,
  });
});
