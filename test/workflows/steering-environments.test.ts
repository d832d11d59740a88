import type { Releases } from '../../client/releases';
import { releasesOf } from '../../client/releases';
import { anotherCommit, freshRequest, outcomeOf } from '../helpers/releases';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

// What people say with `sluice environments`, `hold`, `resume` and `break-glass`, to the environment's own workflow.

const bench = workflowBench();
const releases = (): Releases => releasesOf(bench.server.client);

async function reported(project: string) {
  const found = await waitFor('the environment to be listed', async () => {
    const { environments } = await releases().environments({ project });
    return environments[0];
  });
  if (found.state === undefined) throw new Error(found.silence);
  return found.state;
}

it('a held line says so to everybody, lets pass who broke the glass, and goes on when it is resumed', async () => {
  const first = freshRequest();
  const { project } = first;
  expect((await outcomeOf(await bench.start(first))).outcome).toBe('released');
  expect(await reported(project)).toMatchObject({
    verified: [{ commit: first.commit, actor: 'ann' }],
    recent: [{ outcome: 'released', actor: 'ann', at: expect.any(Number) as number }],
  });

  const held = await releases().hold(project, 'production', { by: 'bob', reason: 'database migration' });
  expect(held.hold).toMatchObject({ by: 'bob', reason: 'database migration', kind: 'person' });

  const urgent = anotherCommit(first);
  const patient = anotherCommit(first);
  const one = await bench.start(urgent);
  await waitFor('its place', async () => (await reported(project)).queue.length === 1);
  const other = await bench.start(patient);
  const { queue } = await waitFor('both to wait', async () => {
    const state = await reported(project);
    return state.queue.length === 2 && state;
  });
  expect(queue[0]?.reason).toContain('database migration');

  await releases().breakGlass(one.workflowId, { by: 'eve', reason: 'mends the outage' });
  expect((await outcomeOf(one)).outcome).toBe('released');
  const after = await reported(project);
  expect(after.recent.at(-1)?.breakGlass).toMatchObject({ by: 'eve', reason: 'mends the outage' });
  expect(after.queue.map(({ commit }) => commit)).toEqual([patient.commit]);

  await expect(releases().resolve(project, 'production', { by: 'bob', reason: 'done' })).rejects.toMatchObject({
    exitCode: 16,
    message: expect.stringContaining('resume') as string,
  });
  expect((await releases().resume(project, 'production', { by: 'bob' })).hold).toBeUndefined();
  expect((await outcomeOf(other)).outcome).toBe('released');
});

it('an environment that is asked to look says what runs, and what drifted', async () => {
  const request = freshRequest();
  await outcomeOf(await bench.start(request));
  await reported(request.project);
  const { environments } = await releases().environments({ project: request.project }, true);
  // The world of this test always runs revision 1; what was verified is 2.
  expect(environments[0]?.state?.seen?.services).toMatchObject([
    { service: 'api', taskDefinitionArn: 'arn:td/shop:1', drifted: true, inFlight: false },
  ]);
});
