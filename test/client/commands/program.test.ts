import { refusedError, unreachableError } from '../../../client/errors';
import { runCli } from './cli';

const COMMANDS = [
  'validate',
  'start',
  'status',
  'list',
  'watch',
  'approve',
  'reject',
  'abort',
  'environments',
  'history',
  'hold',
  'resume',
  'break-glass',
  'resolve',
];

describe('the program', () => {
  it('shows every command and all exit codes in its help', async () => {
    const { exitCode, stdout } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('20 rolled-back');
  });

  it.each(COMMANDS)('shows examples and the common options in the help of %s', async (command) => {
    const { exitCode, stdout } = await runCli([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Examples:\n  sluice ${command}`);
    expect(stdout).toContain('--json');
  });

  it('tells its version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ exitCode: 0, stdout: '1.2.3\n' });
  });

  it.each([
    ['an unknown command', ['aprove', 'x'], /unknown command 'aprove'\n\(Did you mean approve\?\)/],
    ['an unknown option', ['list', '--jsn'], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    ['a missing operand', ['watch'], /missing required argument 'release'/],
    [
      'a hold without a reason',
      ['hold', '--environment', 'production'],
      /required option '--reason <text>' not specified/,
    ],
    ['a missing option', ['resolve', 'production'], /required option '--reason <text>' not specified/],
    ['an outcome that there is not', ['list', '--outcome', 'fine'], /Allowed choices are released, checked/],
    ['a limit that is no number', ['list', '--limit', 'all'], /Give a whole number from 1 to 1000\./],
    ['nothing at all', [], /Usage: sluice/],
  ])('ends with exit code 2 for %s', async (_, argv, sentence) => {
    const { exitCode, stderr } = await runCli(argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});

describe('errors', () => {
  const failing = (error: Error) => ({ releases: { list: () => Promise.reject(error) } });

  it.each([
    [unreachableError('Cannot reach Temporal.'), 3],
    [refusedError('Nobody is asked.'), 16],
  ])('are one sentence: %s', async (error, code) => {
    expect(await runCli(['list'], failing(error))).toMatchObject({
      exitCode: code,
      stdout: '',
      stderr: `${error.message}\n`,
    });
  });

  it('are JSON on stdout with --json, wherever it stands', async () => {
    for (const argv of [
      ['--json', 'list'],
      ['list', '--json'],
    ]) {
      const run = await runCli(argv, failing(refusedError('Nobody is asked.')));
      expect(run.json()).toEqual([{ error: 'Nobody is asked.', exitCode: 16 }]);
    }
  });

  it('that nobody foresaw have exit code 1, and a stack only with --debug', async () => {
    const bug = failing(new TypeError('x is not a function'));
    const quiet = await runCli(['list'], bug);
    expect(quiet).toMatchObject({
      exitCode: 1,
      stderr: 'Sluice failed in a way it does not know: x is not a function (--debug shows where).\n',
    });
    expect((await runCli(['list', '--debug'], bug)).stderr).toMatch(/TypeError: x is not a function\n\s+at /);
  });
});
