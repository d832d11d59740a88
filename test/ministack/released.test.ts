import { freePorts } from '../../local/temporal/ports';
import { objectsOf } from '../../model/json';
import { ACTIONS, createRole } from './stage/role';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 400_000);
afterAll(() => stage.close(), 60_000);

/** What every running task of a service carries. */
async function runningDigests(name: string): Promise<unknown[]> {
  const tasks = await stage.account.tasks(name);
  return tasks.flatMap(({ containers }) => objectsOf(containers).map(({ imageDigest }) => imageDigest));
}

it('a commit is built from its Dockerfile, pushed by its SHA, rolled out, and answers for itself', async () => {
  const { account } = stage;
  const [port = 0] = await freePorts(1);
  const project = await stage.project('shop', { port });
  for (const commit of [await project.commit(), await project.commit()]) {
    const { outcome, digest } = await stage.release(project.request(commit));
    expect(outcome).toBe('released');
    expect(await account.images('shop')).toMatchObject({ [commit]: digest });
    expect(await runningDigests('shop')).toEqual([digest]);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toEqual({ commit });
  }

  // The last deployment that Sluice began is the only one left, and it is completed.
  const { deployments, taskDefinition } = await account.service('shop');
  expect(deployments).toEqual([
    expect.objectContaining({ status: 'PRIMARY', rolloutState: 'COMPLETED', taskDefinition }),
  ]);
  expect(taskDefinition).toBe(account.calls('ecs:UpdateService', 'shop').at(-1)?.request['taskDefinition']);
  expect(account.calls('ecs:UpdateService', 'shop')).toHaveLength(2);
});

it('a commit that is released again is not built again: the image that carries its SHA is taken', async () => {
  const { account } = stage;
  const project = await stage.project('again');
  const [first, second] = [await project.commit(), await project.commit()];
  const released = await stage.release(project.request(first));
  await stage.release(project.request(second));
  const images = await account.images('again');

  const back = await stage.release(project.request(first, { allowOlder: 'the second one is dearer' }));
  expect(back).toMatchObject({ outcome: 'released', digest: released.digest });
  expect(await account.images('again')).toEqual(images);
  expect(await runningDigests('again')).toEqual([released.digest]);
  expect(Object.keys(images).sort()).toEqual(['by-hand', first, second].sort());
});

it('an image that Sluice packs itself, on a base of the same registry, runs as well as one of Docker', async () => {
  const image = ['builder: pack', 'base: base:1', 'files: [main.mjs]', 'command: [node, main.mjs]'];
  const project = await stage.project('packed', { image });
  const commit = await project.commit();
  const { outcome, digest } = await stage.release(project.request(commit));
  expect(outcome).toBe('released');
  expect(await stage.account.images('packed')).toMatchObject({ [commit]: digest });
  expect(await runningDigests('packed')).toEqual([digest]);
});

it('two releases that are started together deploy one after the other', async () => {
  const { account } = stage;
  const project = await stage.project('together');
  const commits = [await project.commit(), await project.commit()];
  const allowOlder = 'either order will do';
  const ends = await Promise.all(commits.map((commit) => stage.release(project.request(commit, { allowOlder }))));
  expect(ends.map(({ outcome }) => outcome)).toEqual(['released', 'released']);
  // The verdict on the first is in before the second begins.
  const steps = account.calls(undefined, 'together').map(({ action }) => action);
  expect(steps.filter((action) => ['ecs:UpdateService', 'ecs:TagResource'].includes(action))).toEqual([
    ...['ecs:UpdateService', 'ecs:TagResource'],
    ...['ecs:UpdateService', 'ecs:TagResource'],
  ]);
});

it('a commit that fails its gate touches nothing', async () => {
  const { account } = stage;
  const project = await stage.project('gated');
  const before = await account.service('gated');
  const outcome = await stage.release(project.request(await project.commitThatFailsItsGate()));
  expect(outcome).toMatchObject({ outcome: 'gate-failed' });
  expect(Object.keys(await account.images('gated'))).toEqual(['by-hand']);
  expect(await account.service('gated')).toEqual(before);
  const asked = account.calls(undefined, 'gated').map(({ action }) => action);
  expect(asked.filter((action) => !/:(Describe|List|Get)/.test(action))).toEqual([]);
});

it('what the role of the worker may not do is named in the cause, and the service stays as it is', async () => {
  const { account } = stage;
  const project = await stage.project('forbidden');
  const before = await account.service('forbidden');
  await createRole(account.call, {
    actions: ACTIONS.filter((action) => action !== 'ecs:UpdateService'),
    resource: '*',
  });
  const end = await stage.release(project.request(await project.commit()));
  await createRole(account.call);
  expect(end.outcome).toBe('refused');
  expect(end.cause).toMatch(/does not allow ecs:UpdateService of service forbidden.*Grant the named action/);
  expect(await account.service('forbidden')).toEqual(before);
});

it('nothing is asked of AWS but what the role of the worker is known to need', () => {
  const asked = new Set(stage.account.calls().map(({ action }) => action));
  // No task failed here whose output was of interest.
  expect([...asked].sort()).toEqual(ACTIONS.filter((action) => action !== 'logs:GetLogEvents'));
});
