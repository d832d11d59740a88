import { constants } from 'node:os';
import type { Interrupt } from '../../../client/commands/deps';
import { unreachableError } from '../../../client/errors';
import type { ReleaseEnd } from '../../../client/release-end';
import type { ReleaseSummary } from '../../../client/release-list';
import type { WatchOptions } from '../../../client/watch-release';
import { COMMIT, gate, phase, release, snapshot } from '../samples';
import { runCli } from './cli';

const ID = `release:shop-api:${COMMIT}`;
const REF = { workflowId: ID, runId: 'run' };
const find = () => Promise.resolve(REF);
const SUMMARY: ReleaseSummary = {
  ...REF,
  project: 'shop-api',
  commit: COMMIT,
  actor: 'ann',
  phase: 'gates',
  status: 'RUNNING',
  startedAt: Date.parse('2026-11-23T11:58:30Z'),
};
const ENDED: ReleaseSummary = {
  ...SUMMARY,
  status: 'FAILED',
  outcome: 'gate-failed',
  closedAt: SUMMARY.startedAt + 5_000,
};

describe('sluice list', () => {
  it('shows one release a line, with the outcome of those that ended', async () => {
    const { stdout } = await runCli(['list'], { releases: { list: () => Promise.resolve([SUMMARY, ENDED]) } });
    expect(stdout.split('\n')).toEqual([
      'state        started (UTC)        time        actor  release',
      `gates        2026-11-23T11:58:30  1 min 30 s  ann    ${ID}`,
      `gate-failed  2026-11-23T11:58:30  5.0 s       ann    ${ID}`,
      '',
    ]);
  });

  it('hands its filters on, and only those that were given', async () => {
    const list = jest.fn(() => Promise.resolve([]));
    const run = await runCli(['list', '--project', 'shop-api', '--outcome', 'running'], { releases: { list } });
    expect(list).toHaveBeenCalledWith({ project: 'shop-api', outcome: 'running', limit: 20, rollbacks: true });
    expect(run.stdout).toBe('No release fits.\n');
  });
});

describe('sluice status', () => {
  const status = release({
    phases: [phase('gates', { startedAt: 1_000 })],
    gates: [gate('tests', { state: 'passed', cause: '12 tests', startedAt: 1_000, durationMs: 700 })],
  });

  it('shows phases and gates', async () => {
    const releases = {
      find,
      summary: () => Promise.resolve(SUMMARY),
      snapshot: () => Promise.resolve(snapshot({ at: 3_000, release: status })),
    };
    expect((await runCli(['status', ID], { releases })).stdout.split('\n')).toEqual([
      `${ID}: gates`,
      '… gates                      2.0 s',
      '  ✓ tests                    0.7 s  12 tests',
      '',
    ]);
  });

  it('shows what an approver should see, line by line', async () => {
    const picture = {
      runs: ['api: 111111111111, shop:7'],
      wouldRun: '222222222222 as sha256:33',
      forward: 1,
      back: 0,
      commits: ['222222222222 Mend\u001b[31m it (Ann)'],
      unknown: [],
      gates: 'tests passed',
      gateSettings: ['.trivyignore changed'],
    };
    const asked = {
      environment: 'production',
      minimum: 1,
      approvedBy: [],
      expiresAt: 0,
      changes: ['api: image'],
      picture,
    };
    const releases = {
      find,
      summary: () => Promise.resolve(SUMMARY),
      snapshot: () =>
        Promise.resolve(snapshot({ release: release({ waitingForApproval: { ...asked, missing: ['1 more'] } }) })),
    };
    const { stdout } = await runCli(['status', ID], { releases });
    expect(stdout.split('\n').slice(-9)).toEqual([
      '  runs now: api: 111111111111, shop:7',
      '  would run: 222222222222 as sha256:33',
      '  commits: 1 between what runs and this one',
      '    222222222222 Mend it (Ann)',
      '  changes: api: image',
      '  GATE SETTINGS CHANGED: .trivyignore changed',
      '  gates: tests passed',
      '  missing: 1 more',
      '',
    ]);
  });

  it('still tells what Temporal itself knows when no worker answers', async () => {
    const releases = {
      find,
      summary: () => Promise.resolve(ENDED),
      snapshot: () => Promise.reject(unreachableError('No worker.')),
    };
    expect(await runCli(['status', ID], { releases })).toMatchObject({
      exitCode: 0,
      stdout: `${ID}: gate-failed\nNo worker.\n`,
    });
    expect((await runCli(['status', ID, '--json'], { releases })).json()).toEqual([
      { ...ENDED, silence: 'No worker.' },
    ]);
  });
});

describe('sluice watch', () => {
  const end: ReleaseEnd = {
    terminated: false,
    outcome: { outcome: 'rolled-back', cause: 'Health failed.', commit: COMMIT, environments: [] },
  };

  it('shows what happens, and ends with the exit code of the outcome', async () => {
    const watch = (_: unknown, { onEvent }: WatchOptions) => {
      onEvent({ kind: 'phase', at: 1, phase: 'admit', state: 'running', detail: '' });
      return Promise.resolve(end);
    };
    expect(await runCli(['watch', ID], { releases: { find, watch } })).toMatchObject({
      exitCode: 20,
      stdout: '   0.0s  admit     started\n   0.0s  end       rolled-back: Health failed.\n',
    });
  });

  it('has exit code 24 for a release that an operator terminated', async () => {
    const watch = () => Promise.resolve<ReleaseEnd>({ terminated: true, cause: 'Terminated by an operator: x.' });
    expect((await runCli(['watch', ID], { releases: { find, watch } })).exitCode).toBe(24);
  });

  describe.each(['SIGINT', 'SIGTERM'] as const)('at %s', (signal) => {
    const untilAborted = (_: unknown, { signal: abort }: WatchOptions) =>
      new Promise<never>((_resolve, reject) => abort?.addEventListener('abort', () => reject(new Error('aborted'))));
    const code = 128 + constants.signals[signal];

    it('stops looking, says that the release goes on and how to come back', async () => {
      const interrupts = (send: (signal: Interrupt) => void) => setImmediate(() => send(signal));
      const run = await runCli(['watch', ID], { releases: { find, watch: untilAborted }, interrupts });
      expect(run.exitCode).toBe(code);
      expect(run.stderr).toContain(`${ID} goes on by itself`);
      expect(run.stderr).toContain(`sluice watch ${ID}`);
      expect(run.stderr).toContain(`sluice abort ${ID}`);
    });

    it('ends at once the second time', async () => {
      const exits: number[] = [];
      const interrupts = (send: (signal: Interrupt) => void) =>
        setImmediate(() => {
          send(signal);
          send(signal);
        });
      await runCli(['watch', ID, '--json'], { releases: { find, watch: untilAborted }, interrupts, exits });
      expect(exits).toEqual([code]);
    });
  });
});
