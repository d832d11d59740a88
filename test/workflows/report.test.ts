import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { releaseId, reporterId } from '../../model/ids';
import type { ReleaseRequest } from '../../model/plan';
import type { VerifiedTrigger } from '../../model/policy/verified-trigger';
import type { ReportSubject } from '../../model/report';
import { held } from '../helpers/fake-activities';
import type { Effects } from '../helpers/fake-activities';
import { freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();

const TRIGGER: VerifiedTrigger = {
  issuer: 'https://token.actions.githubusercontent.com',
  repositoryId: '1001',
  repositoryOwnerId: '42',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  event: 'push',
  workflowRef: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
  runnerEnvironment: 'github-hosted',
  actor: 'octocat',
  actorId: '1',
  runId: '9000',
  runAttempt: '1',
};

const fromGitHub = (more: Partial<ReleaseRequest> = {}): ReleaseRequest => freshRequest({ trigger: TRIGGER, ...more });
const idOf = ({ purpose, project, commit }: ReleaseRequest): string => releaseId(purpose, project, commit);
const reporterOf = (request: ReleaseRequest): WorkflowHandle =>
  bench.server.client.workflow.getHandle(reporterId(idOf(request)));

/** What GitHub was told in this test, a line each, in order. */
let told: string[];
/** Whom it was told of. */
let subjects: ReportSubject[];

const telling: Pick<Effects, 'isReported' | 'setCommitStatus' | 'openGitHubDeployment' | 'setGitHubDeploymentStatus'> =
  {
    isReported: async () => true,
    async setCommitStatus({ subject, report }) {
      subjects.push(subject);
      told.push(`commit ${report.state}: ${report.description}`);
    },
    openGitHubDeployment: async ({ report: { environment } }) => environment.length,
    async setGitHubDeploymentStatus({ id, report }) {
      expect(id).toBe(report.environment.length);
      told.push(`${report.environment} ${report.state}: ${report.description}`);
    },
  };

beforeEach(() => {
  told = [];
  subjects = [];
  bench.world.on(telling);
});

/** To the end of the release, and of what is told of it. */
async function reportsOf(request: ReleaseRequest): Promise<string[]> {
  await outcomeOf(await bench.start(request));
  await reporterOf(request).result();
  return told;
}

/** Without what was overtaken before it could be said. */
function without(lines: readonly string[], ...states: string[]): string[] {
  return lines.filter((line) => !states.some((state) => line.includes(` ${state}: `)));
}

describe("a release that a job of GitHub's asked for", () => {
  it('is pending at once, and its last word comes last, after that on each environment', async () => {
    const request = fromGitHub();
    const lines = await reportsOf(request);
    expect(lines[0]).toBe('commit pending: running');
    expect(lines.at(-2)).toMatch(/^production success: released: /);
    expect(lines.at(-1)).toMatch(/^commit success: released: /);
    expect(new Set(lines).size).toBe(lines.length);
    expect(subjects[0]).toEqual({
      ...{ workflowId: idOf(request), runId: expect.any(String) as string, project: request.project },
      ...{ purpose: 'release', commit: request.commit, repository: { id: '1001', name: 'acme/shop' } },
    });
  });

  it('says for each environment what it waits for, and then what became of it', async () => {
    const approval = { minimum: 1, expiresMs: 60_000 };
    bench.world.on({
      admit: async ({ commit, project }) => plan({ commit, project, environments: [environmentSpec({ approval })] }),
    });
    const request = fromGitHub();
    const handle = await bench.start(request);
    await waitFor('GitHub to be told that people are asked', () =>
      told.includes('production queued: waiting for approval'),
    );
    await waitFor('the commit to say so too', () => told.includes('commit pending: production: waiting for approval'));
    await waitFor('people to be asked', async () => (await statusOf(handle)).waitingForApproval);
    await handle.signal('approve', { by: 'ann' });
    await outcomeOf(handle);
    await reporterOf(request).result();
    expect(told.at(-2)).toMatch(/^production success: /);
  });

  it.each<[string, Partial<Effects>, RegExp[]]>([
    [
      'refused at admit',
      { admit: () => Promise.reject(ApplicationFailure.nonRetryable('not on branch main', 'PolicyRefused')) },
      [/^commit failure: refused: not on branch main/],
    ],
    [
      'whose gate fails',
      { runGate: async ({ gate }) => ({ gate: gate.name, verdict: 'failed', cause: 'no', durationMs: 1, tail: '' }) },
      [/^commit failure: gate-failed: gate \w+: no/],
    ],
    [
      'whose gate cannot tell',
      {
        runGate: async ({ gate }) => ({
          gate: gate.name,
          verdict: 'undetermined',
          cause: 'no',
          durationMs: 1,
          tail: '',
        }),
      },
      [/^commit error: gate-undetermined: /],
    ],
    [
      'that is rolled back',
      { awaitStable: async () => ({ kind: 'failed', cause: 'exit code 3' }) as never },
      [/^production failure: rolled-back: .*exit code 3/, /^commit failure: rolled-back: /],
    ],
  ])('%s ends so at GitHub, too', async (_what, effects, last) => {
    bench.world.on(effects);
    const lines = without(await reportsOf(fromGitHub()), 'queued', 'in_progress', 'pending');
    expect(lines).toEqual(last.map((line) => expect.stringMatching(line) as string));
  });

  it('that people reject deployed nothing: its deployment is inactive', async () => {
    const approval = { minimum: 1, expiresMs: 60_000 };
    bench.world.on({
      admit: async ({ commit, project }) => plan({ commit, project, environments: [environmentSpec({ approval })] }),
    });
    const request = fromGitHub();
    const handle = await bench.start(request);
    await waitFor('people to be asked', async () => (await statusOf(handle)).waitingForApproval);
    await handle.signal('reject', { by: 'ann', comment: 'not today' });
    await outcomeOf(handle);
    await reporterOf(request).result();
    expect(told.slice(-2)).toEqual([
      expect.stringMatching(/^production inactive: not-approved: /),
      expect.stringMatching(/^commit failure: not-approved: /),
    ]);
  });

  it('that only checks reports a status and no deployment', async () => {
    const lines = await reportsOf(fromGitHub({ purpose: 'check' }));
    expect(lines).toEqual(['commit pending: running', expect.stringMatching(/^commit success: checked: /)]);
  });

  it('keeps to its budget of events', async () => {
    const request = fromGitHub();
    await reportsOf(request);
    const { historyLength } = await bench.server.client.workflow.getHandle(idOf(request)).describe();
    expect(historyLength).toBeLessThanOrEqual(60 + 2 * 7 + 25);
  });
});

describe('trouble at GitHub', () => {
  it('for good fails no release, and leaves no reporter behind', async () => {
    bench.world.on({
      setCommitStatus: () => Promise.reject(ApplicationFailure.nonRetryable('no such App', 'GitHub')),
      openGitHubDeployment: () => Promise.reject(ApplicationFailure.nonRetryable('no such App', 'GitHub')),
    });
    const request = fromGitHub();
    expect((await outcomeOf(await bench.start(request))).outcome).toBe('released');
    await reporterOf(request).result();
    expect(told).toEqual([]);
  });

  it('that takes long delays no release; what was overtaken meanwhile is never said', async () => {
    const first = held<undefined>();
    bench.world.on({
      async setCommitStatus(input) {
        if (told.length === 0) {
          told.push('begun');
          await first.effect();
        }
        return telling.setCommitStatus(input);
      },
    });
    const request = fromGitHub();
    expect((await outcomeOf(await bench.start(request))).outcome).toBe('released');
    expect(told).toEqual(['begun']);
    first.finish(undefined);
    await reporterOf(request).result();
    expect(told).toEqual([
      'begun',
      'commit pending: running',
      expect.stringMatching(/^production success: /),
      expect.stringMatching(/^commit success: /),
    ]);
  });

  it('that passes is waited for: the last word is tried again', async () => {
    let attempts = 0;
    bench.world.on({
      async setCommitStatus(input) {
        attempts += 1;
        if (attempts < 3) throw ApplicationFailure.create({ message: 'later', type: 'GitHub', nextRetryDelay: 100 });
        return telling.setCommitStatus(input);
      },
    });
    expect((await reportsOf(fromGitHub())).at(-1)).toMatch(/^commit success: /);
  });
});

describe('nobody is told', () => {
  const reporters = async (): Promise<number> =>
    (await bench.server.client.workflow.count(`WorkflowType = 'report'`)).count;

  it.each<[string, ReleaseRequest, Partial<Effects>, number]>([
    ['where the workers are not told to', fromGitHub(), { isReported: async () => false }, 1],
    ['of a release that no gateway verified', freshRequest(), {}, 0],
  ])('%s', async (_where, request, effects, asked) => {
    bench.world.on(effects);
    const before = await reporters();
    expect((await outcomeOf(await bench.start(request))).outcome).toBe('released');
    expect(bench.world.count('isReported')).toBe(asked);
    expect(told).toEqual([]);
    expect(await reporters()).toBe(before);
  });
});

it('a release that is terminated is said to be cut off, not left as if it ran', async () => {
  const baseline = held<undefined>();
  bench.world.on({ captureBaseline: baseline.effect as never });
  const request = fromGitHub();
  const handle = await bench.start(request);
  await waitFor('the deployment to begin', () => told.includes('production in_progress: being deployed'));
  await handle.terminate('by hand');
  await reporterOf(request).result();
  expect(told.slice(-2)).toEqual([
    expect.stringMatching(/^production error: the release was ended in Temporal/),
    expect.stringMatching(/^commit error: the release was ended in Temporal/),
  ]);
  baseline.finish(undefined);
});

it('a release that is run again silences what was still to be said of the run before', async () => {
  const github = held<undefined>();
  bench.world.on({ setCommitStatus: github.effect });
  const request = fromGitHub();
  await outcomeOf(await bench.start(request));
  const before = await reporterOf(request).describe();
  expect(before.status.name).toBe('RUNNING');

  bench.world.on(telling);
  await reportsOf(request);
  const { status } = await bench.server.client.workflow.getHandle(before.workflowId, before.runId).describe();
  expect(status.name).toBe('TERMINATED');
  expect(told.at(-1)).toMatch(/^commit success: /);
  github.finish(undefined);
});

it('replays', () => replayAll(bench.server.client));
