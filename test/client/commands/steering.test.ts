import type { Releases } from '../../../client/releases';
import { refusedError } from '../../../client/errors';
import type { EnvironmentState } from '../../../model/messages';
import { COMMIT, release } from '../samples';
import { runCli } from './cli';

const ID = `release:shop-api:${COMMIT}`;
const REF = { workflowId: ID, runId: 'run' };
const found: Pick<Releases, 'find'> = { find: () => Promise.resolve(REF) };

describe.each(['approve', 'reject'] as const)('sluice %s', (decision) => {
  it('sends who decided and why, and says what it led to', async () => {
    const waiting = { environment: 'production', minimum: 2, approvedBy: ['ann'], expiresAt: 0, changes: [] };
    const send = jest.fn(() => Promise.resolve(release({ waitingForApproval: waiting })));
    const argv = [decision, '1a2b3c4', '--actor', 'ann', '--comment', 'looks right', '--environment', 'production'];
    const run = await runCli(argv, { releases: { ...found, [decision]: send } });
    expect(send).toHaveBeenCalledWith(REF, { by: 'ann', comment: 'looks right', environment: 'production' });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('production has 1 of 2 approvals');
  });

  it("passes the workflow's own refusal on", async () => {
    const releases = { ...found, [decision]: () => Promise.reject(refusedError('Nobody is asked at the moment.')) };
    expect(await runCli([decision, '1a2b3c4', '--actor', 'ann'], { releases })).toMatchObject({
      exitCode: 16,
      stderr: 'Nobody is asked at the moment.\n',
    });
  });
});

describe('sluice abort', () => {
  it('aborts the release', async () => {
    const abort = jest.fn(() => Promise.resolve({ by: 'release' as const, status: release() }));
    const run = await runCli(['abort', ID, '--actor', 'ann', '--reason', 'wrong'], { releases: { ...found, abort } });
    expect(abort).toHaveBeenCalledWith(REF, { by: 'ann', reason: 'wrong' });
    expect(run.stdout).toBe(`${ID} is being aborted.\n  watch it: sluice watch ${ID}\n`);
  });

  it('says that it was the deployment left behind by an ended release', async () => {
    const abort = () => Promise.resolve({ by: 'deployment' as const, deploymentId: 'deployment:shop-api:production' });
    const run = await runCli(['abort', ID, '--actor', 'ann', '--json'], { releases: { ...found, abort } });
    expect(run.json()).toEqual([{ workflowId: ID, by: 'deployment', deploymentId: 'deployment:shop-api:production' }]);
  });
});

describe('sluice environment and resolve', () => {
  const state: EnvironmentState = {
    environment: 'production',
    queue: [{ requestId: 'r', releaseId: ID, commit: COMMIT, actor: 'ann' }],
    hold: { reason: 'the rollback failed', since: 0, by: 'sluice' },
    recent: [
      {
        requestId: 'q',
        environment: 'production',
        outcome: 'rollback-failed',
        cause: 'api never got stable.',
        commit: COMMIT,
      },
    ],
    verified: [{ commit: COMMIT, digest: 'sha256:12', taskDefinitions: {}, at: 0 }],
  };

  it('shows what runs, who waits, the hold and the past', async () => {
    const environmentState = jest.fn(() => Promise.resolve(state));
    const run = await runCli(['environment', 'production', '--project', 'shop-api'], {
      releases: { environmentState },
    });
    expect(environmentState).toHaveBeenCalledWith('shop-api', 'production');
    expect(run.stdout.split('\n')).toEqual([
      'production of shop-api',
      '  verified: 1a2b3c4d5e6f (sha256:12), 1970-01-01T00:00:00.000Z',
      '  deploying: nothing',
      `  waiting 1: 1a2b3c4d5e6f by ann, ${ID}`,
      '  ON HOLD since 1970-01-01T00:00:00.000Z by sluice: the rollback failed',
      '  1a2b3c4d5e6f rollback-failed: api never got stable.',
      '',
    ]);
  });

  it('takes the project from the repository around, and says so when there is none', async () => {
    const run = await runCli(['environment', 'production']);
    expect(run).toMatchObject({ exitCode: 2, stderr: 'There is no folder /nowhere.\n' });
  });

  it('resolves with who and why', async () => {
    const resolve = jest.fn(() => Promise.resolve());
    const argv = ['resolve', 'production', '--project', 'shop-api', '--actor', 'ann', '--reason', 'restored by hand'];
    expect((await runCli(argv, { releases: { resolve } })).exitCode).toBe(0);
    expect(resolve).toHaveBeenCalledWith('shop-api', 'production', { by: 'ann', reason: 'restored by hand' });
  });
});
