import { releaseId } from '../../../model/ids';
import { held } from '../../helpers/fake-activities';
import { waitFor } from '../../helpers/wait-for';
import { actionBench } from './stage/bench';
import type { Project } from './stage/bench';

const bench = actionBench();

/** A step whose release is in its gates until the test says that they have passed. */
async function stepInGates(project: Project, more: Record<string, string> = {}) {
  const gate = held<boolean>();
  bench.workflows.world.on({
    runGate: async ({ gate: { name } }) => {
      await gate.effect();
      return { gate: name, verdict: 'passed', cause: 'fine', durationMs: 1, tail: '' };
    },
  });
  const step = await bench.step(project, more);
  await waitFor('the gates to be shown', () => step.log().includes('tests started'));
  return { step, passGates: () => gate.finish(true), ref: { workflowId: idOf(project) } };
}

const idOf = ({ name, commit }: Project): string => releaseId('release', name, commit);

it('detach: the job says that the release goes on and how to come back, and it does go on', async () => {
  const { step, passGates, ref } = await stepInGates(bench.project());
  step.signal('SIGINT');
  const end = await step.ended;
  expect(end).toMatchObject({ exitCode: 130, signal: null, outputs: { outcome: '', 'exit-code': '130' } });
  expect(end.outputs['workflow-id']).toBe(ref.workflowId);
  expect(end.shown).toContain(`${ref.workflowId} goes on by itself (on-cancel: detach)`);
  expect(end.shown).toContain(`sluice watch ${ref.workflowId}`);
  expect(end.summary).toContain('This job was cancelled');
  expect(bench.requests().filter(({ method }) => method === 'POST')).toHaveLength(1);

  passGates();
  expect(await bench.releases.awaitOutcome(ref)).toMatchObject({ outcome: { outcome: 'released' } });
});

it('abort: one abort with a token of its own, and the release is aborted', async () => {
  const { step, ref } = await stepInGates(bench.project(), { 'on-cancel': 'abort' });
  step.signal('SIGINT');
  const end = await step.ended;
  expect(end).toMatchObject({ exitCode: 130, signal: null });
  expect(end.shown).toContain(`${ref.workflowId} was told to abort`);
  const writes = bench.requests().filter(({ method }) => method === 'POST');
  expect(writes.map(({ route, status }) => [route, status])).toEqual([
    ['/v1/releases', 202],
    ['/v1/releases/:release/abort', 200],
  ]);
  expect(new Set(bench.github.issued).size).toBe(2);
  expect(await bench.releases.awaitOutcome(ref)).toMatchObject({
    outcome: { outcome: 'aborted', cause: expect.stringContaining("GitHub's run 9000 was cancelled") as string },
  });
});

it('abort that nobody hears: the job says so, and that the release goes on', async () => {
  const { step, passGates, ref } = await stepInGates(bench.project(), { 'on-cancel': 'abort' });
  bench.github.trouble = 503;
  step.signal('SIGINT');
  const end = await step.ended;
  bench.github.trouble = undefined;
  expect(end).toMatchObject({ exitCode: 130, signal: null });
  expect(end.shown).toMatch(/could not be told to abort and goes on by itself: .*503/);
  passGates();
  expect(await bench.releases.awaitOutcome(ref)).toMatchObject({ outcome: { outcome: 'released' } });
});

it('before the gateway ever answered: whether there is a release is not known, and that is what it says', async () => {
  const project = bench.project();
  await bench.stopGateway();
  const step = await bench.step(project);
  await waitFor('the first trouble to be told', () => step.log().includes('No answer at the moment'));
  step.signal('SIGINT');
  const end = await step.ended;
  await bench.startGateway();
  expect(end).toMatchObject({ exitCode: 130, signal: null });
  expect(end.shown).toContain(`while it asked for ${idOf(project)}: whether that was started is not known`);
});

it('SIGTERM ends the job at once; the release goes on', async () => {
  const { step, passGates, ref } = await stepInGates(bench.project(), { 'on-cancel': 'abort' });
  step.signal('SIGTERM');
  const end = await step.ended;
  expect(end).toMatchObject({ exitCode: 143, signal: null });
  expect(end.shown).toContain('a release that it asked for goes on by itself');
  passGates();
  expect(await bench.releases.awaitOutcome(ref)).toMatchObject({ outcome: { outcome: 'released' } });
});
