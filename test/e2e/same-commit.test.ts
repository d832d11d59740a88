import { waitFor } from '../helpers/wait-for';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

it('is checked and released when it is triggered for both', async () => {
  const { releases, account } = stage;
  const project = await stage.project('for-both');
  const checking = await releases.start(project.request(project.first, { purpose: 'check' }));
  const releasing = await releases.start(project.request(project.first));
  expect(releasing.attached).toBe(false);

  const [checked, released] = await Promise.all([outcomeOf(releases, checking), outcomeOf(releases, releasing)]);
  expect(checked.outcome).toBe('checked');
  expect(released.outcome).toBe('released');
  expect(account.calls('UpdateService', project.name)).toHaveLength(1);
});

describe('triggered again', () => {
  it('attaches to the same request while that runs, refuses another one, and is not deployed twice when it has ended', async () => {
    const { releases, account } = stage;
    const project = await stage.project('again', { approval: true });
    const asked = project.request(project.first);
    const first = await releases.start(asked);
    expect(await releases.start({ ...asked, actor: 'ben@example.com' })).toEqual({ ...first, attached: true });
    await expect(releases.start({ ...asked, environments: ['production'] })).rejects.toMatchObject({
      exitCode: 16,
      message: expect.stringMatching(new RegExp(`^${first.workflowId} is running already.*sluice abort`)) as unknown,
    });

    await waitFor('the approval to be asked for', async () => (await releases.status(first)).waitingForApproval);
    await releases.approve(first, { by: 'ben@example.com' });
    expect(await outcomeOf(releases, first)).toMatchObject({ outcome: 'released' });

    const second = await releases.start(asked);
    expect(second).toMatchObject({ workflowId: first.workflowId, attached: false });
    expect(second.runId).not.toBe(first.runId);
    await waitFor('the approval to be asked for', async () => (await releases.status(second)).waitingForApproval);
    await releases.approve(second, { by: 'ben@example.com' });
    expect(await outcomeOf(releases, second)).toMatchObject({
      outcome: 'released',
      cause: expect.stringContaining('nothing to deploy') as unknown,
    });
    expect(account.calls('RegisterTaskDefinition', project.name)).toHaveLength(1);
    expect(account.calls('UpdateService', project.name)).toHaveLength(1);
    expect(account.calls('PUT manifest', project.name)).toHaveLength(1);
  });
});
