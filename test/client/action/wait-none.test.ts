import { WorkflowNotFoundError } from '@temporalio/client';
import { createNotifyActivities } from '../../../activities/notify/activities';
import { appKey } from '../../../activities/notify/github-app';
import { reporterId } from '../../../model/ids';
import { githubOf } from '../../../worker/github';
import { credentialsIn, textsIn } from '../../helpers/credential-search';
import { held } from '../../helpers/fake-activities';
import { waitFor } from '../../helpers/wait-for';
import { APP, startGitHub } from '../../notify/stage/github';
import type { LocalGitHub } from '../../notify/stage/github';
import { actionBench } from './stage/bench';

const bench = actionBench();
const UI = 'http://127.0.0.1:8233';

let github: LocalGitHub;

beforeEach(async () => {
  github = await startGitHub();
  const activities = createNotifyActivities({
    github: githubOf({ id: APP.id, key: appKey(APP.pem) }, github.url),
    uiUrl: UI,
  });
  bench.workflows.world.on({ isReported: async () => true, ...activities });
});
afterEach(() => github.close());

/** The job may be over before its release has begun to report. */
async function reported(workflowId: string): Promise<void> {
  const reporter = bench.workflows.server.client.workflow.getHandle(reporterId(workflowId));
  await waitFor('the release to report', () =>
    reporter.describe().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }),
  );
  await reporter.result();
}

describe('wait: none', () => {
  it('the job ends at once; the end of the release comes to the commit and to the environment afterwards', async () => {
    const health = held<boolean>();
    bench.workflows.world.on({ checkHealth: async () => ({ healthy: await health.effect(), cause: 'it answers' }) });
    const project = bench.project();
    const job = await (await bench.step(project, { wait: 'none' })).ended;
    expect(job).toMatchObject({ exitCode: 0, outputs: { outcome: '' } });
    const workflowId = job.outputs['workflow-id'] ?? '';

    // The job is over, the release is not, and GitHub shows that.
    await waitFor('the deployment to be in progress', () =>
      github.deployments[0]?.statuses.some(({ state }) => state === 'in_progress'),
    );
    expect(github.statuses.every(({ state }) => state === 'pending')).toBe(true);

    health.finish(true);
    await reported(workflowId);
    const page = `${UI}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${job.outputs['run-id'] ?? ''}`;
    expect(github.statuses.at(-1)).toEqual({
      repository: 'acme/shop',
      sha: project.commit,
      state: 'success',
      context: `sluice/release/${project.name}`,
      description: expect.stringMatching(/^released: /) as string,
      target_url: page,
    });
    expect(github.deployments).toEqual([
      expect.objectContaining({ sha: project.commit, environment: 'production', task: 'deploy' }),
    ]);
    expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({ state: 'success', log_url: page });

    for (const id of [workflowId, reporterId(workflowId)]) {
      const { events } = await bench.workflows.server.client.workflow.getHandle(id).fetchHistory();
      const text = textsIn(events);
      expect(text.includes(project.commit)).toBe(true);
      expect(credentialsIn(text, github.tokens)).toEqual([]);
    }
    expect(github.tokens).toHaveLength(1);
  });

  it('a gate that fails after the job has ended is a red status on the commit, and no deployment', async () => {
    bench.workflows.world.on({
      runGate: async ({ gate }) => ({
        gate: gate.name,
        verdict: 'failed',
        cause: '1 of 9 failed',
        durationMs: 1,
        tail: '',
      }),
    });
    const project = bench.project();
    const job = await (await bench.step(project, { wait: 'none' })).ended;
    expect(job.exitCode).toBe(0);
    await reported(job.outputs['workflow-id'] ?? '');
    expect(github.statuses.map(({ state }) => state)).toEqual(['pending', 'failure']);
    expect(github.statuses.at(-1)?.description).toMatch(/^gate-failed: gate \w+: 1 of 9 failed/);
    expect(github.deployments).toEqual([]);
  });

  it('a rollback after the job has ended is a failed deployment', async () => {
    let asked = 0;
    bench.workflows.world.on({ checkHealth: async () => ({ healthy: ++asked > 1, cause: 'answered 503' }) });
    const job = await (await bench.step(bench.project(), { wait: 'none' })).ended;
    await reported(job.outputs['workflow-id'] ?? '');
    expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({
      state: 'failure',
      description: expect.stringMatching(/^rolled-back: /) as string,
    });
    expect(github.statuses.at(-1)).toMatchObject({ state: 'failure' });
  });

  it('an App without the right to write changes nothing for the release', async () => {
    github.trouble = ({ path }) =>
      path.includes('/statuses/') || path.endsWith('/deployments')
        ? { status: 403, message: 'Resource not accessible by integration' }
        : undefined;
    const job = await (await bench.step(bench.project(), { wait: 'none' })).ended;
    const workflowId = job.outputs['workflow-id'] ?? '';
    await reported(workflowId);
    expect(await bench.releases.awaitOutcome({ workflowId })).toMatchObject({
      terminated: false,
      outcome: { outcome: 'released' },
    });
    expect(github.statuses).toEqual([]);
  });
});
