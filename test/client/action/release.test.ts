import { releaseId } from '../../../model/ids';
import { held } from '../../helpers/fake-activities';
import { waitFor } from '../../helpers/wait-for';
import { claimsOfPullRequest, claimsOfPush } from '../gateway/stage/tokens';
import { actionBench } from './stage/bench';
import type { StepEnd } from './stage/runner';

const bench = actionBench();

afterEach(() => {
  bench.github.claims = (url) => claimsOfPush(url);
});

function annotations({ log }: StepEnd): string[] {
  return log.split('\n').filter((line) => /^::(?:error|warning|notice)/.test(line));
}

describe('a release that succeeds', () => {
  let end: StepEnd;
  const project = { name: '', commit: '' };

  beforeAll(async () => {
    Object.assign(project, bench.project());
    const step = await bench.step(project);
    end = await step.ended;
  });

  it('ends the step with 0 and says in its outputs what it was', async () => {
    const workflowId = releaseId('release', project.name, project.commit);
    const { runId } = await bench.releases.summary({ workflowId });
    expect(end.outputs).toEqual({
      'workflow-id': workflowId,
      'run-id': runId,
      url: `http://127.0.0.1:8233/workflows/${encodeURIComponent(workflowId)}`,
      outcome: 'released',
      cause: expect.stringMatching(/./) as string,
      'exit-code': '0',
      digest: 'sha256:1',
    });
    expect(end.exitCode).toBe(0);
  });

  it('shows the lines of the command line, each phase in a group', () => {
    const lines = end.shown.split('\n');
    expect(lines).toContain('::group::gates');
    expect(lines).toContain('::group::production: healthy');
    expect(end.shown).toMatch(/^ +\d+\.\ds {2}gates {5}tests passed in 0\.0 s: fine$/m);
    expect(end.shown).toMatch(/^::endgroup::\n +\S+ {2}end {7}released: /m);
    expect(lines.filter((line) => line.startsWith('::group::'))).toHaveLength(
      lines.filter((line) => line === '::endgroup::').length,
    );
    expect(annotations(end)).toEqual([]);
  });

  it('writes a summary with phases, gates and a link', () => {
    expect(end.summary).toContain(`<h3>Release of ${project.name}: released</h3>`);
    expect(end.summary).toContain('<td>healthy production</td>');
    expect(end.summary).toContain('<td>tests</td><td>passed</td><td>fine</td>');
    expect(end.summary).toContain('<a href="http://127.0.0.1:8233/workflows/');
  });

  it('shows no secret: the token and the ticket are masked before they are used', () => {
    expect(end.log.match(/^::add-mask::/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(end.shown).not.toMatch(/eyJ[\w-]+\./);
    expect(end.shown).not.toContain(bench.github.idToken.token);
  });
});

it('a gate that fails ends the step with 10 and is the one annotation; what it printed commands nothing', async () => {
  const tail = 'first\n::error::not ours\n##[add-mask]fine\n ::stop-commands::x';
  bench.workflows.world.on({
    runGate: async ({ gate }) =>
      gate.name === 'tests'
        ? { gate: 'tests', verdict: 'failed', cause: '1 of 2: 50 % <b>', durationMs: 5, tail }
        : { gate: gate.name, verdict: 'passed', cause: 'fine', durationMs: 1, tail: '' },
  });
  const end = await (await bench.step(bench.project())).ended;
  expect(end).toMatchObject({ exitCode: 10, outputs: { outcome: 'gate-failed', 'exit-code': '10', digest: '' } });
  expect(annotations(end)).toEqual(['::error title=Gate tests failed::1 of 2: 50 %25 <b>']);
  expect(end.log).toContain('| ::error::not ours');
  expect(end.log).not.toContain('##[');
  expect(end.summary).toContain('<td>failed</td><td>1 of 2: 50 % &lt;b&gt;</td>');
  expect(end.summary).not.toContain('<b>');
});

it('a release that is rolled back ends the step with 20 and says why', async () => {
  let asked = 0;
  bench.workflows.world.on({ checkHealth: async () => ({ healthy: ++asked > 1, cause: 'answered 503' }) });
  const end = await (await bench.step(bench.project())).ended;
  expect(end).toMatchObject({ exitCode: 20, outputs: { outcome: 'rolled-back' } });
  expect(end.outputs['cause']).toContain('answered 503');
  expect(annotations(end)).toHaveLength(1);
  expect(annotations(end)[0]).toMatch(/^::error title=Sluice%3A rolled-back::.*answered 503/);
  expect(end.summary).toContain('<td>rollback production</td>');
});

it("a pull request's token checks, and the step ends with the check", async () => {
  bench.github.claims = (url) => claimsOfPullRequest(url);
  const end = await (await bench.step(bench.project(), { purpose: 'check' })).ended;
  expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'checked' } });
  expect(end.summary).toContain('<h3>Check of ');
});

it('an older commit and its reason, and the environments, reach the release', async () => {
  const project = bench.project();
  const step = await bench.step(project, { 'allow-older': 'prices are wrong', environments: 'production,\n' });
  expect(await step.ended).toMatchObject({ exitCode: 0 });
  const workflowId = releaseId('release', project.name, project.commit);
  const { events } = await bench.workflows.server.client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({
    allowOlder: 'prices are wrong',
    environments: ['production'],
    event: 'push',
    actor: 'github:octocat',
  });
});

describe('how long the job stays', () => {
  it('wait: none asks, and leaves the end to others', async () => {
    const end = await (await bench.step(bench.project(), { wait: 'none' })).ended;
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: '', 'exit-code': '0' } });
    expect(end.outputs['workflow-id']).toMatch(/^release:/);
    expect(bench.requests().map(({ method }) => method)).toEqual(['POST']);
  });

  it('wait: gates stays until they have passed, and no longer', async () => {
    const gate = held<boolean>();
    const baseline = held<undefined>();
    bench.workflows.world.on({
      async runGate({ gate: { name } }) {
        await gate.effect();
        return { gate: name, verdict: 'passed', cause: 'fine', durationMs: 1, tail: '' };
      },
      captureBaseline: baseline.effect as never,
    });
    const step = await bench.step(bench.project(), { wait: 'gates' });
    await waitFor('the gates to be shown', () => step.log().includes('tests started'));
    gate.finish(true);
    const end = await step.ended;
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: '' } });
    expect(end.shown).toMatch(/tests passed[^]*All gates passed; \S+ goes on by itself/);
    baseline.finish(undefined);
  });

  it('wait: gates stays until the end where a gate fails', async () => {
    bench.workflows.world.on({
      runGate: async ({ gate }) => ({ gate: gate.name, verdict: 'failed', cause: 'no', durationMs: 1, tail: '' }),
    });
    const end = await (await bench.step(bench.project(), { wait: 'gates' })).ended;
    expect(end).toMatchObject({ exitCode: 10, outputs: { outcome: 'gate-failed' } });
  });

  it('no longer than timeout: then it fails, and the release goes on', async () => {
    const { effect, finish } = held<boolean>();
    bench.workflows.world.on({ checkHealth: async () => ({ healthy: await effect(), cause: '' }) });
    const project = bench.project();
    const end = await (await bench.step(project, { timeout: '2s' })).ended;
    expect(end).toMatchObject({ exitCode: 3, outputs: { outcome: '', 'exit-code': '3' } });
    expect(annotations(end)).toEqual([expect.stringMatching(/^::warning .*has not ended within 2\.0 s/)]);

    const again = await bench.step(project);
    await waitFor('the second job to attach', () => again.log().includes('is running already; attached to it.'));
    finish(true);
    expect(await again.ended).toMatchObject({ exitCode: 0, outputs: { outcome: 'released' } });
    expect(new Set(bench.github.issued).size).toBe(2);
  });
});
