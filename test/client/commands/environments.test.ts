import type { EnvironmentReport, EnvironmentReports } from '../../../client/environments';
import type { DeploymentOutcome, EnvironmentState } from '../../../model/messages';
import { COMMIT } from '../samples';
import { runCli } from './cli';

const ID = `release:shop-api:${COMMIT}`;
/** The clock of runCli. */
const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOUR_MS = 3_600_000;

function ended(change: Partial<DeploymentOutcome> = {}): DeploymentOutcome {
  return {
    requestId: 'q',
    environment: 'production',
    outcome: 'released',
    cause: 'it runs',
    commit: COMMIT,
    actor: 'ann',
    at: NOW - HOUR_MS,
    ...change,
  };
}

function report(state: Partial<EnvironmentState> = {}, more: Partial<EnvironmentReport> = {}): EnvironmentReport {
  return {
    project: 'shop-api',
    environment: 'production',
    state: { environment: 'production', queue: [], recent: [], verified: [], ...state },
    awaitingApproval: [],
    ...more,
  };
}

async function shown(...environments: EnvironmentReport[]): Promise<string[]> {
  const answer: EnvironmentReports = { environments, silentReleases: [], more: false };
  const run = await runCli(['environments'], { releases: { environments: () => Promise.resolve(answer) } });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return run.stdout.split('\n');
}

describe('sluice environments', () => {
  it('says what runs since when and by whom, and how the last deployment ended', async () => {
    const revision = {
      commit: COMMIT,
      digest: 'sha256:12',
      taskDefinitions: { api: 'arn:td/api:3' },
      at: NOW - 26 * HOUR_MS,
      actor: 'ann',
    };
    const failed = ended({ outcome: 'rolled-back', cause: 'api never got\nhealthy', commit: 'f'.repeat(40) });
    expect(await shown(report({ verified: [revision], recent: [failed] }))).toEqual([
      'production of shop-api: free',
      '  runs       1a2b3c4d5e6f since 2026-11-22 10:00 UTC (1 d 2 h) by ann; verified healthy',
      '  last       ffffffffffff rolled-back 1 h ago: api never got healthy',
      '',
    ]);
  });

  it('says who is at work, who waits and why, and how one may pass hold and freeze', async () => {
    const lines = await shown(
      report({
        current: { requestId: 'p', releaseId: ID, commit: COMMIT, deploymentId: 'd', actor: 'ann' },
        frozen: { reason: 'no deployments at night', until: NOW + HOUR_MS, owner: 'ops@example.com' },
        queue: [
          { requestId: 'r', releaseId: 'release:shop-api:2', commit: '2', actor: 'bob', position: 1, reason: 'frozen' },
        ],
      }),
    );
    expect(lines).toEqual([
      'production of shop-api: deploying 1a2b3c4d5e6f',
      '  runs       nothing that was verified here yet',
      `  deploying  1a2b3c4d5e6f by ann, ${ID}`,
      '  frozen     until 2026-11-23 13:00 UTC: no deployments at night; ask ops@example.com',
      '  waiting 1  2 by bob, release:shop-api:2: frozen',
      '             let one pass: sluice break-glass release:shop-api:2 --reason TEXT',
      '',
    ]);
  });

  it.each([
    [undefined, 'put it right, then: sluice resolve --environment production --project shop-api --reason TEXT'],
    ['unclean', 'put it right, then: sluice resolve --environment production --project shop-api --reason TEXT'],
    ['person', 'sluice resume --environment production --project shop-api'],
    ['after-rollback', 'when the next commit is good: sluice resume --environment production --project shop-api'],
  ] as const)('says how to go on after a hold of kind %s', async (kind, remedy) => {
    const hold = { reason: 'migration', since: NOW - HOUR_MS, by: 'ann', until: NOW + HOUR_MS, ...(kind && { kind }) };
    expect(await shown(report({ hold }))).toEqual([
      'production of shop-api: ON HOLD',
      '  runs       nothing that was verified here yet',
      '  ON HOLD    since 2026-11-23 11:00 UTC (1 h) by ann, until 2026-11-23 13:00 UTC: migration',
      `             go on: ${remedy}`,
      '',
    ]);
  });

  it('offers to break the glass for the first that waits, but not where what runs is in doubt', async () => {
    const waiting = { requestId: 'r', releaseId: ID, commit: COMMIT, actor: 'bob', position: 1, reason: 'on hold' };
    const offers = async (kind: 'unclean' | 'person'): Promise<boolean> => {
      const hold = { reason: 'migration', since: NOW, by: 'ann', kind };
      return (await shown(report({ hold, queue: [waiting] }))).some((line) =>
        line.includes(`sluice break-glass ${ID}`),
      );
    };
    expect(await offers('person')).toBe(true);
    expect(await offers('unclean')).toBe(false);
  });

  it('tells what drifted from what still runs as it was verified', async () => {
    const service = {
      service: 'api',
      taskDefinitionArn: 'arn:aws:ecs:::task-definition/api:7',
      verified: false,
      inFlight: true,
    };
    const at = NOW - 3_000;
    const seen = [
      { at, services: [{ ...service, drifted: true, commit: 'f'.repeat(40) }] },
      { at, services: [{ ...service, drifted: false }] },
      { at, services: [], trouble: 'AWS said AccessDenied' },
    ];
    const all = await shown(...seen.map((sight) => report({ seen: sight })));
    expect(all.filter((line) => line.includes('looked'))).toEqual([
      '  DRIFTED    api runs ffffffffffff as api:7, verified by nobody, still in flight, and not what was last verified here (looked 3.0 s ago)',
      '  seen       it runs what was last verified (looked 3.0 s ago)',
      '  seen       it could not look: AWS said AccessDenied (looked 3.0 s ago)',
    ]);
  });

  it('shows who waits for people, also where nothing was deployed yet', async () => {
    const waiting = {
      environment: 'production',
      minimum: 2,
      approvedBy: ['bob'],
      expiresAt: NOW + 2 * HOUR_MS,
      changes: [],
    };
    const awaiting = { releaseId: ID, project: 'shop-api', commit: COMMIT, actor: 'ann', waiting };
    expect(await shown({ project: 'shop-api', environment: 'production', awaitingApproval: [awaiting] })).toEqual([
      'production of shop-api: nothing deployed yet',
      `  approval   1a2b3c4d5e6f by ann has 1 of 2 approvals, 2 h left: sluice approve ${ID}`,
      '',
    ]);
  });

  it('says which do not answer, and that there are more', async () => {
    const answer = {
      environments: [{ project: 'shop-api', environment: 'production', silence: 'No worker.', awaitingApproval: [] }],
      silentReleases: [ID],
      more: true,
    };
    const run = await runCli(['environments'], { releases: { environments: () => Promise.resolve(answer) } });
    expect(run.stdout.split('\n')).toEqual([
      'production of shop-api: does not answer',
      '  silent     No worker.',
      '',
      `${ID} waits for approval and does not answer: is a worker running?`,
      'There are more: name one with --project and --environment.',
      '',
    ]);
  });

  it('asks for what it is told to, and only lets them look when asked to', async () => {
    const environments = jest.fn(() => Promise.resolve({ environments: [], silentReleases: [], more: false }));
    const run = await runCli(['environments'], { releases: { environments } });
    expect(run.stdout).toBe('No environment fits: nothing has been deployed yet.\n');
    expect(environments).toHaveBeenLastCalledWith({}, false);
    const argv = ['environments', '--project', 'shop-api', '--environment', 'production', '--look', '--json'];
    const json = await runCli(argv, { releases: { environments } });
    expect(environments).toHaveBeenLastCalledWith({ project: 'shop-api', environment: 'production' }, true);
    expect(json.json()).toEqual([{ environments: [], silentReleases: [], more: false }]);
  });
});

describe('sluice history', () => {
  const answer: EnvironmentReports = {
    environments: [
      report({ recent: [ended({ at: NOW - 3 * HOUR_MS }), ended({ outcome: 'rolled-back', cause: 'no\nhealth' })] }),
      report({
        recent: [
          ended({
            environment: 'staging',
            actor: 'bob',
            at: NOW - 2 * HOUR_MS,
            breakGlass: { by: 'eve', reason: 'INC-7' },
          }),
        ],
      }),
      { project: 'billing', environment: 'production', silence: 'No worker.', awaitingApproval: [] },
    ],
    silentReleases: [],
    more: false,
  };
  const environments = jest.fn(() => Promise.resolve(answer));

  it('lists the ends of all environments, newest first, and who did not answer', async () => {
    const run = await runCli(['history'], { releases: { environments } });
    expect(run.stdout.split('\n')).toEqual([
      'ended                 project   environment  commit        outcome      by   cause',
      '2026-11-23 11:00 UTC  shop-api  production   1a2b3c4d5e6f  rolled-back  ann  no health',
      '2026-11-23 10:00 UTC  shop-api  staging      1a2b3c4d5e6f  released     bob  it runs (eve broke the glass: INC-7)',
      '2026-11-23 09:00 UTC  shop-api  production   1a2b3c4d5e6f  released     ann  it runs',
      '',
    ]);
    expect(run.stderr).toBe('production of billing is not among them: No worker.\n');
  });

  it('stops at the limit, and gives all of each end as JSON', async () => {
    const argv = ['history', '--environment', 'production', '--limit', '1', '--json'];
    expect((await runCli(argv, { releases: { environments } })).json()).toEqual([
      {
        deployments: [{ project: 'shop-api', ...ended({ outcome: 'rolled-back', cause: 'no\nhealth' }) }],
        silent: [{ project: 'billing', environment: 'production', silence: 'No worker.' }],
      },
    ]);
    expect(environments).toHaveBeenLastCalledWith({ environment: 'production' });
  });

  it('keeps the order of ends that have no time', async () => {
    const past = ['1', '2', '3'].map((commit) => {
      const { at: _none, ...rest } = ended({ commit });
      return rest;
    });
    const only = () => Promise.resolve({ ...answer, environments: [report({ recent: past })] });
    const [{ deployments }] = (await runCli(['history', '--json'], { releases: { environments: only } })).json() as [
      { deployments: DeploymentOutcome[] },
    ];
    expect(deployments.map(({ commit }) => commit)).toEqual(['3', '2', '1']);
  });
});
