import { randomBytes } from 'node:crypto';
import { releaseId } from '../../../model/ids';
import { held } from '../../helpers/fake-activities';
import { waitFor } from '../../helpers/wait-for';
import { claimsOfPush } from '../gateway/stage/tokens';
import { actionBench } from './stage/bench';
import type { Project } from './stage/bench';
import { runStep } from './stage/runner';

const bench = actionBench();

afterEach(() => {
  bench.github.claims = (url) => claimsOfPush(url);
  bench.github.trouble = undefined;
});

/** A step whose release waits for its baseline until the test says that it is there. */
async function stepInFlight(project: Project) {
  const health = held<boolean>();
  bench.workflows.world.on({ checkHealth: async () => ({ healthy: await health.effect(), cause: '' }) });
  const step = await bench.step(project, { patience: '20s' });
  await health.begun;
  await waitFor('health to be shown', () => step.log().includes('::group::production: healthy'));
  return { step, finish: () => health.finish(true) };
}

it('a gateway that restarts, with the same key for tickets, is waited for', async () => {
  const { step, finish } = await stepInFlight(bench.project());
  await bench.stopGateway();
  await waitFor('the trouble to be told', () => step.log().includes('No answer at the moment, trying again'));
  await bench.startGateway();
  await waitFor('its end to be told', () => step.log().includes('The gateway answers again.'));
  finish();
  expect(await step.ended).toMatchObject({ exitCode: 0, outputs: { outcome: 'released' } });
});

it('a gateway that comes back with another key knows no ticket: the job says what it does not know', async () => {
  const project = bench.project();
  const { step, finish } = await stepInFlight(project);
  await bench.stopGateway();
  await bench.startGateway(randomBytes(32));
  const end = await step.ended;
  expect(end).toMatchObject({ exitCode: 3, outputs: { outcome: '', 'exit-code': '3' } });
  expect(end.shown).toContain('goes on by itself: This is not a ticket of this gateway');
  expect(end.shown).toContain('--ticket-key');
  finish();
  const ref = { workflowId: releaseId('release', project.name, project.commit) };
  expect(await bench.releases.awaitOutcome(ref)).toMatchObject({ outcome: { outcome: 'released' } });
});

it('a gateway that is not there ends the job with 3 when its patience is over', async () => {
  await bench.stopGateway();
  const end = await (await bench.step(bench.project(), { patience: '1s' })).ended;
  await bench.startGateway();
  expect(end).toMatchObject({ exitCode: 3, outputs: { outcome: '', 'exit-code': '3' } });
  expect(end.shown).toMatch(/No release could be asked for: the gateway cannot be reached: .*ECONNREFUSED/);
  expect(end.shown).toContain('Running this job again is safe.');
});

it('a gateway that cannot decide, here for want of keys, is waited for as it says itself', async () => {
  const project = bench.project();
  bench.github.issuer.trouble = 'refuses';
  await bench.stopGateway();
  await bench.startGateway();
  const step = await bench.step(project, { patience: '30s' });
  await waitFor('the trouble to be told', () => step.log().includes('answers 503'));
  bench.github.issuer.trouble = 'none';
  expect(await step.ended).toMatchObject({ exitCode: 0, outputs: { outcome: 'released' } });
});

it('a token that the policy refuses ends the job with 16 and the reason, and is not tried again', async () => {
  bench.github.claims = (url) => claimsOfPush(url, { ref: 'refs/heads/feature' });
  const end = await (await bench.step(bench.project())).ended;
  expect(end).toMatchObject({ exitCode: 16, outputs: { outcome: 'refused', 'exit-code': '16' } });
  expect(end.outputs['cause']).toMatch(/only the branch main of project shop-\d+ deploys\. \(request [\w-]+\)$/);
  expect(end.log).toContain('::error title=Sluice%3A refused::');
  expect(bench.requests()).toHaveLength(1);
});

it('a job without id-token: write is told what it lacks, and the gateway hears nothing', async () => {
  const { name, commit } = bench.project();
  const step = await runStep({ with: { gateway: bench.gateway.url, project: name }, sha: commit });
  const end = await step.ended;
  expect(end).toMatchObject({ exitCode: 2, outputs: { outcome: 'invalid' } });
  expect(end.outputs['cause']).toContain('permissions: { id-token: write }');
  expect(bench.requests()).toEqual([]);
});

it('a token service that refuses is an answer', async () => {
  bench.github.trouble = 403;
  const end = await (await bench.step(bench.project())).ended;
  expect(end).toMatchObject({ exitCode: 2, outputs: { outcome: 'invalid' } });
  expect(end.outputs['cause']).toContain('(HTTP 403)');
});

it('the audience is the URL of the gateway unless said otherwise: a token for another is refused', async () => {
  const end = await (await bench.step(bench.project(), { audience: '' })).ended;
  expect(end).toMatchObject({ exitCode: 16, outputs: { outcome: 'refused' } });
  expect(end.outputs['cause']).toContain('The token is not for this gateway alone');
});

it('wrong inputs are told all at once, in sentences, and nobody is asked anything', async () => {
  const end = await (await bench.step({ name: 'Shop', commit: 'main' }, { wait: 'forever', timeout: '5' })).ended;
  expect(end).toMatchObject({ exitCode: 2, outputs: { outcome: 'invalid', 'exit-code': '2' } });
  expect(end.outputs['cause']?.split('\n')).toEqual([
    expect.stringMatching(/^Input `project` must be .*; it is `Shop`\.$/),
    expect.stringMatching(/^Input `commit` must be .*; it is `main`\.$/),
    'Input `wait` must be one of none, gates, all; it is `forever`.',
    'Input `timeout` must be a duration such as 90s, 30m or 6h; it is `5`.',
  ]);
  expect(end.log.match(/^::error /gm)).toHaveLength(1);
  expect(bench.github.issued).toEqual([]);
  expect(bench.requests()).toEqual([]);
});
