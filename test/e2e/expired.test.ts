import { objectsOf } from '../../model/json';
import { CLUSTER } from './stage/account';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const expired = (action: string, name: string) =>
  stage.account.calls(action, name).filter(({ errorCode }) => errorCode === 'ExpiredTokenException').length;

it('credentials that expire right at the update are renewed, and the service is updated once', async () => {
  const project = await stage.project('renewed');
  stage.account.faults.add({ action: 'ecs:UpdateService', kind: 'expire', times: 3 });
  const started = await stage.releases.start(project.request(project.first));
  expect(await outcomeOf(stage.releases, started)).toMatchObject({ outcome: 'released' });

  expect(expired('UpdateService', 'renewed')).toBe(3);
  const { serviceDeployments } = await stage.account.ecs('ListServiceDeployments', {
    cluster: CLUSTER,
    service: 'renewed',
  });
  // The first one is what was there before.
  expect(objectsOf(serviceDeployments)).toHaveLength(2);
});

it('credentials that expire in the midst of a failing rollout do not keep it from a verified rollback', async () => {
  const project = await stage.project('broken');
  // Otherwise ECS returns by itself, and nobody has to ask for it.
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: false, rollback: false } };
  await stage.account.ecs('UpdateService', { cluster: CLUSTER, service: 'broken', deploymentConfiguration });
  const broken = await project.commit({ 'main.mjs': 'process.exit(7);\n' });
  stage.account.faults.add({ action: 'ecs:StopServiceDeployment', kind: 'expire', times: 3 });
  const started = await stage.releases.start(project.request(broken));
  const { outcome, cause } = await outcomeOf(stage.releases, started);
  expect(`${outcome}: ${cause}`).toMatch(/^rolled-back: .*broken runs .* again and is healthy/);
  expect(expired('StopServiceDeployment', 'broken')).toBe(3);
});
