import { objectsOf, textOf } from '../../model/json';
import type { JsonObject } from '../../model/json';
import { waitFor } from '../helpers/wait-for';
import { CLUSTER, PROGRAM, REGION } from './stage/account';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const HEALTH = 'health: { digest: true, times: 1, every: 100ms, within: 2s }, stable-within: 2m';

/** A service for staging beside the project's own, and a commit that is released to both. */
async function promoted(name: string, soak: string): Promise<{ project: Project; staging: string; commit: string }> {
  const project = await stage.project(name);
  const staging = `${name}-staging`;
  const image = textOf(objectsOf((await definitionOf(name))['containerDefinitions'])[0]?.['image']) ?? '';
  await stage.account.deployByHand(staging, {
    memory: '256',
    containerDefinitions: [{ name, image, essential: true }],
  });
  const commit = await project.commit({
    'main.mjs': `${PROGRAM}// for both\n`,
    'release.yml': `project: ${name}
gates: { tests: { run: node --check main.mjs } }
image: { repository: ${name}, builder: pack, files: [main.mjs], command: [node, main.mjs] }
environments:
  staging:
    region: ${REGION}
    cluster: ${CLUSTER}
    services: { ${staging}: { container: ${name}, ${HEALTH} } }
  production:
    region: ${REGION}
    cluster: ${CLUSTER}
    soak: ${soak}
    services: { ${name}: { container: ${name}, ${HEALTH} } }
`,
  });
  return { project, staging, commit };
}

async function definitionOf(family: string) {
  const { taskDefinition } = await stage.account.ecs('DescribeTaskDefinition', { taskDefinition: family });
  return taskDefinition as Record<string, never>;
}

/** Images of the tasks that run in a service, by digest. */
async function digestsIn(service: string): Promise<string[]> {
  const { taskArns } = await stage.account.ecs('ListTasks', { cluster: CLUSTER, serviceName: service });
  const { tasks } = await stage.account.ecs('DescribeTasks', { cluster: CLUSTER, tasks: taskArns ?? [] });
  return objectsOf(tasks)
    .filter(({ lastStatus }) => lastStatus === 'RUNNING')
    .flatMap(({ containers }) => objectsOf(containers).map(({ imageDigest }) => textOf(imageDigest) ?? ''));
}

it('one release brings the same digest to staging and, after its soak, to production', async () => {
  const { project, staging, commit } = await promoted('both', '1s');
  const outcome = await outcomeOf(stage.releases, await stage.releases.start(project.request(commit)));
  expect(outcome).toMatchObject({
    outcome: 'released',
    environments: [
      { environment: 'staging', outcome: 'released' },
      { environment: 'production', outcome: 'released' },
    ],
  });
  expect(outcome.digest).toMatch(/^sha256:/);
  for (const service of [staging, project.name]) {
    await waitFor(`only the released image in ${service}`, async () => {
      const digests = await digestsIn(service);
      return digests.length === 1 && digests[0] === outcome.digest;
    });
  }
  // Built and pushed once, deployed twice.
  expect(stage.account.calls('PUT manifest', 'both')).toHaveLength(1);
  const updates = stage.account.calls('UpdateService', 'both').map(({ request }) => (request as JsonObject)['service']);
  expect(updates).toEqual([staging, project.name]);
});

it('what somebody puts in its place in staging while it soaks keeps it out of production', async () => {
  const { project, staging, commit } = await promoted('replaced', '5s');
  const before = await waitFor('production to run', async () => {
    const digests = await digestsIn(project.name);
    return digests.length === 1 && digests;
  });
  const release = await stage.releases.start(project.request(commit));
  await waitFor('the soak to begin', async () =>
    (await stage.releases.status(release)).phases.some(({ phase }) => phase === 'soak'),
  );
  // By hand, back to the first revision of the family.
  await stage.account.ecs('UpdateService', { cluster: CLUSTER, service: staging, taskDefinition: `${staging}:1` });
  const outcome = await outcomeOf(stage.releases, release);
  expect(outcome).toMatchObject({
    outcome: 'partly-released',
    environments: [{ outcome: 'released' }, { environment: 'production', outcome: 'refused' }],
  });
  expect(outcome.cause).toMatch(
    /^staging: released, production: refused\. replaced-staging did not stay healthy in staging/,
  );
  expect(await digestsIn(project.name)).toEqual(before);
});
