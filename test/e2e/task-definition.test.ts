import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Members that no version of the SDK knows: what AWS may add tomorrow. */
const MORE = {
  enableFaultInjection: true,
  sluiceTestMode: 'top',
  sluiceTestPlan: { zones: ['a', 'b'], depth: { of: 2 } },
};
const CONTAINER = {
  environment: [
    { name: 'KEPT', value: 'as it was' },
    { name: 'COMMIT', value: 'none' },
  ],
  sluiceTestProbe: { every: 5, headers: [{ name: 'x', secret: { from: 'y' } }] },
  ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 1024, sluiceTestLimit: 7 }],
};
const SIDECAR = { name: 'sidecar', essential: false, sluiceTestRole: 'observer' };

it('registers the live task definition with everything in it, and only image and named environment changed', async () => {
  const project = await stage.project('unknown-fields', {
    environment: "{ COMMIT: '${commit}', ADDED: 'yes' }",
    definition: { more: MORE, container: CONTAINER, sidecar: SIDECAR },
  });
  const before = await definitionOf(`${project.name}:1`);
  expect(before).toMatchObject({ ...MORE, containerDefinitions: [CONTAINER, SIDECAR] });

  const started = await stage.releases.start(project.request(project.first));
  const { outcome, digest } = await outcomeOf(stage.releases, started);
  expect(outcome).toBe('released');

  const [own, sidecar] = objectsOf(before['containerDefinitions']);
  expect(await definitionOf(`${project.name}:2`)).toEqual({
    ...before,
    containerDefinitions: [
      {
        ...own,
        image: textOf(own?.['image'])?.replace(/@.*/, `@${digest ?? ''}`),
        environment: [
          { name: 'KEPT', value: 'as it was' },
          { name: 'COMMIT', value: project.first },
          { name: 'ADDED', value: 'yes' },
        ],
      },
      sidecar,
    ],
  });
});

/** What was registered, without what ECS itself adds to it. */
async function definitionOf(name: string): Promise<JsonObject> {
  const { taskDefinition } = (await stage.account.ecs('DescribeTaskDefinition', { taskDefinition: name })) as {
    taskDefinition: JsonObject;
  };
  const added = ['taskDefinitionArn', 'revision', 'registeredAt', 'registeredBy'];
  return Object.fromEntries(Object.entries(taskDefinition).filter(([member]) => !added.includes(member)));
}
