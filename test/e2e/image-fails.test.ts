import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const DEPLOYING = ['RegisterTaskDefinition', 'UpdateService'];

describe('an image that cannot be made', () => {
  it('ends image-failed when its build fails, and nothing is pushed or deployed', async () => {
    const project = await stage.project('unbuilt', { files: 'no-such-file.mjs' });
    const started = await stage.releases.start(project.request(project.first));
    const { outcome, cause } = await outcomeOf(stage.releases, started);
    expect(outcome).toBe('image-failed');
    expect(cause).toContain('no-such-file.mjs');
    expect(stage.account.calls('PUT manifest', project.name)).toEqual([]);
    expect(DEPLOYING.flatMap((action) => stage.account.calls(action, project.name))).toEqual([]);
  });

  it.each(['registry:PUT manifest', 'ecr:GetAuthorizationToken'])(
    'ends image-failed when %s is refused, and nothing is deployed',
    async (action) => {
      const project = await stage.project(`refused-${action.toLowerCase().replace(/[^a-z]+/g, '-')}`);
      stage.account.faults.add({ action, kind: 'deny', times: 100 });
      const started = await stage.releases.start(project.request(project.first));
      const { outcome, cause } = await outcomeOf(stage.releases, started);
      stage.account.faults.clear();
      expect({ outcome, cause }).toEqual({
        outcome: 'image-failed',
        cause: expect.stringMatching(/denied|not allow|refused|authorized/i) as unknown,
      });
      expect(DEPLOYING.flatMap((one) => stage.account.calls(one, project.name))).toEqual([]);
    },
  );
});

it('takes an image that is there already, and pushes nothing', async () => {
  const project = await stage.project('reused');
  const release = async () => outcomeOf(stage.releases, await stage.releases.start(project.request(project.first)));
  const first = await release();
  expect(first).toMatchObject({ outcome: 'released' });
  const pushes = stage.account.calls('PUT manifest', project.name).length;
  expect(pushes).toBe(1);

  const again = await release();
  expect(again).toMatchObject({ outcome: 'released', digest: first.digest });
  expect(stage.account.calls('PUT manifest', project.name)).toHaveLength(pushes);
});
