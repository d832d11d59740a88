import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { configAt, originUrl, resolveCommit, topLevel } from '../../client/local-repository';
import { CONFIG } from './samples';

let top: string;
let first: string;
let second: string;

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: top, encoding: 'utf8', stdio: 'pipe' }).trim();
}

beforeAll(async () => {
  top = await mkdtemp(path.join(os.tmpdir(), 'sluice-local-repository-'));
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'nothing yet');
  first = git('rev-parse', 'HEAD');
  await writeFile(path.join(top, 'release.yml'), CONFIG);
  git('add', '.');
  git('commit', '-q', '-m', 'a release.yml');
  second = git('rev-parse', 'HEAD');
});

afterAll(() => rm(top, { recursive: true, force: true }));

describe('topLevel', () => {
  it('finds the repository around a folder of it', async () => {
    await mkdir(path.join(top, 'services/api'), { recursive: true });
    expect(await topLevel(path.join(top, 'services/api'))).toBe(top);
  });

  it.each([
    ['a folder that is in no repository', () => os.tmpdir(), /is not in a Git repository: run this in a clone/],
    ['a folder that is not there', () => path.join(top, 'missing'), /^There is no folder .*missing\.$/],
    ["git's own folder", () => path.join(top, '.git'), /git cannot read the repository/],
  ])('says what is wrong with %s', async (_, folder, sentence) => {
    await expect(topLevel(folder())).rejects.toThrow(sentence);
  });
});

describe('resolveCommit', () => {
  it('takes HEAD by default, full ids, and short ones that are unambiguous', async () => {
    expect(await resolveCommit(top)).toBe(second);
    expect(await resolveCommit(top, first)).toBe(first);
    expect(await resolveCommit(top, first.slice(0, 9))).toBe(first);
    expect(await resolveCommit(top, first.slice(0, 7).toUpperCase())).toBe(first);
  });

  it('never takes a branch named like a commit for it', async () => {
    const name = 'abcdef0';
    git('branch', name);
    git('branch', first.slice(0, 10), second);
    await expect(resolveCommit(top, name)).rejects.toThrow(`has no commit ${name}`);
    expect(await resolveCommit(top, first.slice(0, 10))).toBe(first);
    git('branch', '-D', name, first.slice(0, 10));
  });

  it.each([
    ['a branch', 'main'],
    ['an expression', 'HEAD~1'],
    ['an option', '--all'],
    ['too few digits', 'abc123'],
  ])('refuses %s', async (_, reference) => {
    await expect(resolveCommit(top, reference)).rejects.toThrow(
      /is not a commit: give at least 7 digits of its id, or HEAD/,
    );
  });

  it('refuses the id of something that is no commit', async () => {
    await expect(resolveCommit(top, git('rev-parse', 'HEAD^{tree}'))).rejects.toThrow(/has no commit/);
  });

  it('says when there is no commit at all', async () => {
    const empty = await mkdtemp(path.join(os.tmpdir(), 'sluice-local-repository-'));
    execFileSync('git', ['init', '-q'], { cwd: empty });
    await expect(resolveCommit(empty).finally(() => rm(empty, { recursive: true }))).rejects.toThrow(
      /has no commit yet/,
    );
  });
});

describe('configAt', () => {
  it('reads release.yml at the commit, not in the folder', async () => {
    await writeFile(path.join(top, 'release.yml'), 'project: [');
    expect((await configAt(top, second)).project).toBe('shop-api');
  });

  it('says when there is none at that commit', async () => {
    await expect(configAt(top, first)).rejects.toThrow(`Commit ${first} has no release.yml`);
  });

  it('says file, line and column of what is wrong in it', async () => {
    await writeFile(path.join(top, 'release.yml'), CONFIG.replace('container:', 'contaner:'));
    git('commit', '-q', '-a', '-m', 'a typing error');
    await expect(configAt(top, git('rev-parse', 'HEAD'))).rejects.toThrow(/^release\.yml:17:\d+: .*contaner/);
  });
});

describe('originUrl', () => {
  it('says what to do without an origin', async () => {
    await expect(originUrl(top)).rejects.toThrow(/has no remote `origin`: .* --repository/);
  });

  it('is what workers can fetch from, without the token', async () => {
    git('remote', 'add', 'origin', 'https://x-access-token:secret@github.com/acme/shop.git');
    expect(await originUrl(top)).toBe('https://github.com/acme/shop.git');
  });
});
