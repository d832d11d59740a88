import { capturedBaseline, imageOf, permitOf, RELEASE, startHarness, targetOf } from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await startHarness();
  await harness.serviceOf(await harness.register('one'));
});
afterEach(() => harness.close());

const target = targetOf();

async function prepared() {
  const baseline = await capturedBaseline(harness);
  const { reference } = await imageOf('two');
  const request = { target, baseline, permit: permitOf(reference), release: RELEASE };
  const { taskDefinitionArn } = await harness.run('registerRevision', request);
  return { ...request, taskDefinitionArn };
}

it('sends the revision and nothing else, the desired count least of all', async () => {
  const input = await prepared();
  const ref = await harness.run('updateService', input);
  expect(ref).toEqual({
    service: 'api',
    taskDefinitionArn: input.taskDefinitionArn,
    deploymentId: expect.stringMatching(/^ecs-svc\//) as string,
    serviceDeploymentArn: expect.stringContaining(':service-deployment/') as string,
  });
  expect(harness.sent('UpdateService')).toEqual([
    { cluster: 'production', service: 'api', taskDefinition: input.taskDefinitionArn },
  ]);
});

it.each(['lose-answer', 'reset'] as const)(
  'begins one deployment, though the answer met the fault %s',
  async (kind) => {
    const input = await prepared();
    harness.core.faults.add({ action: 'ecs:UpdateService', kind });
    const attempt = () => harness.run('updateService', input);
    await expect(attempt()).rejects.toMatchObject({ type: 'Unavailable' });
    expect(harness.sent('UpdateService')).toHaveLength(1);
    const ref = await attempt();
    expect(await attempt()).toEqual(ref);
    const { serviceDeployments } = await harness.call('ListServiceDeployments', {
      cluster: 'production',
      service: 'api',
    });
    expect(serviceDeployments).toHaveLength(2);
  },
);

it('adopts its deployment after it has succeeded', async () => {
  const input = await prepared();
  const ref = await harness.run('updateService', input);
  await harness.settled();
  expect(await harness.run('updateService', input)).toEqual(ref);
});

it('does not begin again what was taken back already', async () => {
  const input = await prepared();
  const { serviceDeploymentArn } = await harness.run('updateService', input);
  await harness.call('StopServiceDeployment', { serviceDeploymentArn: serviceDeploymentArn!, stopType: 'ROLLBACK' });
  await harness.settled();
  const again = await harness.run('updateService', input);
  expect(again).toMatchObject({ serviceDeploymentArn, deploymentId: '' });
  expect(harness.sent('UpdateService')).toHaveLength(1);
});

it('refuses when somebody else changed the service since the baseline was captured', async () => {
  const input = await prepared();
  const foreign = await harness.register('three');
  await harness.call('UpdateService', { cluster: 'production', service: 'api', taskDefinition: foreign });
  const attempt = () => harness.run('updateService', input);
  await expect(attempt()).rejects.toMatchObject({ type: 'TargetUnsuitable', message: /began another deployment/ });
  await harness.settled();
  await expect(attempt()).rejects.toMatchObject({ type: 'TargetUnsuitable', message: /runs api:3 since/ });
  expect(harness.sent('UpdateService')).toEqual([]);
});
