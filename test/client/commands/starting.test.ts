import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Interrupt } from '../../../client/commands/deps';
import type { ReleaseEnd } from '../../../client/release-end';
import { refusedError } from '../../../client/errors';
import { runCli } from './cli';
import { CONFIG } from '../samples';

let cwd: string;
let commit: string;

beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'sluice-starting-'));
  await writeFile(path.join(cwd, 'release.yml'), CONFIG);
  const git = (...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  git('config', 'user.email', 'ann@example.com');
  git('config', 'user.name', 'Ann');
  git('config', 'commit.gpgsign', 'false');
  git('remote', 'add', 'origin', 'git@github.com:acme/shop.git');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  commit = git('rev-parse', 'HEAD');
});

afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('sluice validate', () => {
  it('says what the file holds when it is right', async () => {
    const run = await runCli(['validate'], { cwd });
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: 'release.yml is valid: project shop-api, gates tests, environments production.\n',
    });
  });

  it('says file, line and column of each problem when it is wrong', async () => {
    await writeFile(path.join(cwd, 'wrong.yml'), CONFIG.replace('container:', 'contaner:').replace('run:', 'rum:'));
    const run = await runCli(['validate', 'wrong.yml', '--json'], { cwd });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/^wrong\.yml:4:\d+: .*`rum`.*\nwrong\.yml:17:\d+: .*`contaner`/m);
    expect(run.json()).toEqual([
      expect.objectContaining({
        exitCode: 2,
        problems: expect.arrayContaining([expect.objectContaining({ line: 17 })]) as unknown,
      }),
    ]);
  });

  it('says that there is no such file', async () => {
    const run = await runCli(['validate', 'missing.yml'], { cwd });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toBe(`There is no missing.yml in ${cwd}: name the file, or run this where it is.\n`);
  });
});

describe('sluice start', () => {
  const workflowId = 'release:shop-api:x';
  const started = { workflowId, runId: 'run', attached: false };

  it('asks for the commit, never for the name that was typed', async () => {
    const start = jest.fn(() => Promise.resolve(started));
    const argv = [
      'start',
      '--commit',
      commit.slice(0, 8),
      '--environment',
      'production',
      '--allow-older',
      'incident 7',
      '--json',
    ];
    const run = await runCli(argv, { cwd, releases: { start } });
    expect(start).toHaveBeenCalledWith({
      purpose: 'release',
      project: 'shop-api',
      repository: 'ssh://git@github.com/acme/shop.git',
      commit,
      environments: ['production'],
      event: 'manual',
      actor: 'ann@example.com',
      allowOlder: 'incident 7',
    });
    expect(run.json()).toEqual([{ kind: 'started', ...started }]);
  });

  it('asks for a check with --check', async () => {
    const start = jest.fn(() => Promise.resolve({ ...started, attached: true }));
    const run = await runCli(['start', '--check', '--repository', '.', '--actor', 'bob'], { cwd, releases: { start } });
    expect(start).toHaveBeenCalledWith(
      expect.objectContaining({ purpose: 'check', repository: cwd, actor: 'bob', commit }),
    );
    expect(run.stdout).toContain('is running already; attached to it');
  });

  it('waits for the outcome with --wait', async () => {
    const end: ReleaseEnd = {
      terminated: false,
      outcome: { outcome: 'released', cause: 'It runs.', commit, environments: [] },
    };
    const watch = jest.fn(() => Promise.resolve(end));
    const run = await runCli(['start', '--wait'], { cwd, releases: { start: () => Promise.resolve(started), watch } });
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: `Started ${workflowId}.\n   0.0s  end       released: It runs.\n`,
    });
  });

  it('says where the release stands when it is interrupted while it starts', async () => {
    const interrupts = (send: (signal: Interrupt) => void) => send('SIGTERM');
    const run = await runCli(['start'], { cwd, releases: { start: () => Promise.resolve(started) }, interrupts });
    expect(run.exitCode).toBe(143);
    expect(run.stderr).toContain(`release:shop-api:${commit} goes on by itself`);
  });

  it.each([
    ['an unknown commit', ['--commit', '0123456789'], 2, /has no commit 0123456789/],
    ['a branch', ['--commit', 'main'], 2, /`main` is not a commit/],
    ['a check of an environment', ['--check', '--environment', 'production'], 2, /--check deploys nowhere/],
    ['a repository that workers cannot fetch', ['--repository', 'http://example.com/x'], 2, /cannot be released from/],
  ])('refuses %s before it connects', async (_, options, code, sentence) => {
    const run = await runCli(['start', ...options], { cwd });
    expect(run.exitCode).toBe(code);
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('ends with exit code 16 when another request for the same commit runs', async () => {
    const start = () => Promise.reject(refusedError('It is running already.'));
    expect((await runCli(['start'], { cwd, releases: { start } })).exitCode).toBe(16);
  });
});
