import { refusedError } from '../../../client/errors';
import type { EnvironmentState } from '../../../model/messages';
import { COMMIT } from '../samples';
import { runCli } from './cli';

const ID = `release:shop-api:${COMMIT}`;
/** The clock of runCli. */
const NOW = Date.parse('2026-11-23T12:00:00Z');
const WHERE = ['--environment', 'production', '--project', 'shop-api', '--actor', 'ann'];

function state(change: Partial<EnvironmentState> = {}): EnvironmentState {
  return { environment: 'production', queue: [], recent: [], verified: [], ...change };
}

describe('sluice hold', () => {
  const holding = (now = state()) => jest.fn(() => Promise.resolve(now));

  it('says who and why, what finishes all the same, and how to go on', async () => {
    const current = { requestId: 'r', releaseId: ID, commit: COMMIT, deploymentId: 'd' };
    const hold = holding(state({ current }));
    const run = await runCli(['hold', ...WHERE, '--reason', 'migration'], { releases: { hold } });
    expect(hold).toHaveBeenCalledWith('shop-api', 'production', { by: 'ann', reason: 'migration' });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout.split('\n')).toEqual([
      'production of shop-api is on hold; 0 wait(s).',
      `  in flight, and finishes: ${ID}`,
      '  go on: sluice resume --environment production --project shop-api',
      '',
    ]);
  });

  it.each([
    [['--for', '2h'], NOW + 2 * 3_600_000],
    [['--until', '2026-11-24T08:00Z'], Date.parse('2026-11-24T08:00:00Z')],
    [['--until', '2026-11-24T08:00:30+01:00'], Date.parse('2026-11-24T07:00:30Z')],
  ])('ends by itself with %j', async (given, until) => {
    const hold = holding();
    const run = await runCli(['hold', ...WHERE, '--reason', 'migration', ...given], { releases: { hold } });
    expect(hold).toHaveBeenCalledWith('shop-api', 'production', { by: 'ann', reason: 'migration', until });
    expect(run.stdout).toContain('is on hold until 2026-11-2');
  });

  it.each([
    [['--for', 'two hours'], '`--for two hours` is no duration'],
    [['--for', '90'], '`--for 90` is no duration'],
    [['--until', 'tomorrow'], '`--until tomorrow` is no time'],
    [['--until', '2026-11-24'], '`--until 2026-11-24` is no time'],
    [['--until', '2026-13-24T08:00Z'], '`--until 2026-13-24T08:00Z` is no time'],
    [['--until', '2026-11-23T11:59Z'], '`--until 2026-11-23T11:59Z` has passed already'],
    [['--until', '2026-11-24T08:00Z', '--for', '2h'], 'Give --until or --for, not both.'],
  ])('holds nothing with %j', async (given, sentence) => {
    const hold = holding();
    const run = await runCli(['hold', ...WHERE, '--reason', 'migration', ...given], { releases: { hold } });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(sentence);
    expect(hold).not.toHaveBeenCalled();
  });
});

describe('sluice resume', () => {
  it('says who, and why where a reason is given', async () => {
    const resume = jest.fn(() => Promise.resolve(state()));
    const run = await runCli(['resume', ...WHERE], { releases: { resume } });
    expect(resume).toHaveBeenLastCalledWith('shop-api', 'production', { by: 'ann' });
    expect(run.stdout).toBe('production of shop-api goes on; 0 wait(s).\n');
    await runCli(['resume', ...WHERE, '--reason', 'done'], { releases: { resume } });
    expect(resume).toHaveBeenLastCalledWith('shop-api', 'production', { by: 'ann', reason: 'done' });
  });

  it("passes the environment's own refusal on", async () => {
    const resume = () => Promise.reject(refusedError('What runs is in doubt: `sluice resolve`.'));
    expect(await runCli(['resume', ...WHERE], { releases: { resume } })).toMatchObject({
      exitCode: 16,
      stderr: 'What runs is in doubt: `sluice resolve`.\n',
    });
  });
});

describe('sluice break-glass', () => {
  it('lets the one release pass, with who takes it on themselves and why', async () => {
    const find = jest.fn(() => Promise.resolve({ workflowId: ID, runId: 'run' }));
    const breakGlass = jest.fn(() =>
      Promise.resolve({ project: 'shop-api', environment: 'production', state: state() }),
    );
    const argv = ['break-glass', '1a2b3c4', '--reason', 'INC-7', '--actor', 'ann'];
    const run = await runCli(argv, { releases: { find, breakGlass } });
    expect(find).toHaveBeenCalledWith('1a2b3c4');
    expect(breakGlass).toHaveBeenCalledWith(ID, { by: 'ann', reason: 'INC-7' });
    expect(run.stdout).toBe(
      `${ID} waits for neither hold nor freeze of production any more; recorded as done by ann.\n  watch it: sluice watch ${ID}\n`,
    );
  });
});
