import type { Releases } from '../../../client/releases';
import { refusedError } from '../../../client/errors';
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

  it('says who counts, who is missing, and that a name typed here is not verified', async () => {
    const missing = ['one of security (github:dave)'];
    const waiting = { environment: 'production', minimum: 2, approvedBy: ['ann'], expiresAt: 0, changes: [], missing };
    const releases = { ...found, [decision]: () => Promise.resolve(release({ waitingForApproval: waiting })) };
    expect((await runCli([decision, '1a2b3c4', '--actor', 'ann'], { releases })).stdout).toBe(
      `Recorded for ${ID}, by ann (unverified): production has 1 of 2 approvals (ann), missing one of security (github:dave).\n  watch it: sluice watch ${ID}\n`,
    );
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

describe('sluice resolve', () => {
  it.each([
    ['as an operand', ['production']],
    ['as an option', ['--environment', 'production']],
  ])('takes the environment %s, and says who and why', async (_, environment) => {
    const resolve = jest.fn(() => Promise.resolve({ environment: 'production', queue: [], recent: [], verified: [] }));
    const argv = ['resolve', ...environment, '--project', 'shop-api', '--actor', 'ann', '--reason', 'restored by hand'];
    expect((await runCli(argv, { releases: { resolve } })).exitCode).toBe(0);
    expect(resolve).toHaveBeenCalledWith('shop-api', 'production', { by: 'ann', reason: 'restored by hand' });
  });

  it('wants one', async () => {
    expect(await runCli(['resolve', '--reason', 'restored'])).toMatchObject({
      exitCode: 2,
      stderr: 'Name the environment: sluice resolve --environment <name> --reason <text>.\n',
    });
  });

  it('takes the project from the repository around, and says so when there is none', async () => {
    const run = await runCli(['resolve', 'production', '--reason', 'restored']);
    expect(run).toMatchObject({ exitCode: 2, stderr: 'There is no folder /nowhere.\n' });
  });
});
