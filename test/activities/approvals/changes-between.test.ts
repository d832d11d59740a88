import { changesBetween } from '../../../activities/approvals/changes-between';
import type { BetweenInput } from '../../../activities/approvals/changes-between';
import type { ChangesBetween } from '../../../model/approval/between';
import { CONFIG } from '../../client/samples';
import type { Fixture } from '../source/fixture';
import { createFixture } from '../source/fixture';

let fixture: Fixture;
beforeEach(() => {
  fixture = createFixture();
  fixture.write('release.yml', CONFIG);
});
afterEach(() => fixture.remove());

const ask = (commit: string, running: string[], more: Partial<BetweenInput> = {}): Promise<ChangesBetween> =>
  changesBetween(
    fixture.source,
    { repository: fixture.repository, commit, running, unknownRuns: false, authors: true, ...more },
    new AbortController().signal,
  );

function commitBy(name: string, email: string, message: string): string {
  fixture.git('config', 'user.name', name);
  fixture.git('config', 'user.email', email);
  return fixture.commit(message);
}

it('tells the commits in between, newest first, and all their authors, co-authors included', async () => {
  const running = fixture.commit('first');
  commitBy(
    'Bob',
    '7+bob@users.noreply.github.com',
    'Mend the till\n\nCo-authored-by: Eve <Eve@Example.com>\nCo-authored-by: Dan <dan@example.com>',
  );
  const commit = commitBy('Carol', 'carol@example.com', 'Paint the door');
  expect(await ask(commit, [running])).toEqual({
    forward: 2,
    back: 0,
    commits: [`${commit.slice(0, 12)} Paint the door (Carol)`, expect.stringMatching(/^\w{12} Mend the till \(Bob\)$/)],
    authors: ['carol@example.com', 'github:bob', 'eve@example.com', 'dan@example.com'],
    unknown: [],
    gateSettings: [],
  });
});

it('believes no .mailmap: it comes with the commit', async () => {
  const running = fixture.commit('first');
  fixture.write('.mailmap', 'Ann <ann@example.com> Mallory <mallory@example.com>\n');
  const commit = commitBy('Mallory', 'mallory@example.com', 'Hide myself');
  expect((await ask(commit, [running])).authors).toEqual(['mallory@example.com']);
});

it('names nobody where nobody asks for authors', async () => {
  const running = fixture.commit('first');
  expect((await ask(fixture.commit('second'), [running], { authors: false })).authors).toEqual([]);
});

it('shows ten lines, counts all, and knows every author', async () => {
  const running = fixture.commit('first');
  commitBy('Zoe', 'zoe@example.com', 'long ago');
  fixture.git('config', 'user.email', 'ada@example.com');
  let commit = '';
  for (let at = 0; at < 12; at += 1) commit = fixture.commit(`number ${at} ${'x'.repeat(300)}`);
  const { forward, commits, authors } = await ask(commit, [running]);
  expect({ forward, shown: commits.length, authors }).toEqual({
    forward: 13,
    shown: 10,
    authors: ['ada@example.com', 'zoe@example.com'],
  });
  for (const line of commits) expect(line.length).toBeLessThanOrEqual(200);
});

it('says which running commit is newer', async () => {
  const commit = fixture.commit('first');
  const running = fixture.commit('second');
  expect(await ask(commit, [running])).toMatchObject({
    newer: running,
    forward: 0,
    back: 1,
    commits: [`takes back ${running.slice(0, 12)} second (Ada)`],
  });
  expect((await ask(commit, [commit])).newer).toBeUndefined();
});

it('takes what diverged for what it is: neither is newer', async () => {
  const base = fixture.commit('base');
  const running = fixture.commit('one way');
  fixture.git('checkout', '--quiet', '-b', 'other', base);
  const commit = fixture.commit('another way');
  const between = await ask(commit, [running]);
  expect(between).toMatchObject({ forward: 1, back: 1 });
  expect(between.newer).toBeUndefined();
});

it('joins what several services run', async () => {
  const oldest = fixture.commit('first');
  const newer = commitBy('Bob', 'bob@example.com', 'second');
  const commit = commitBy('Carol', 'carol@example.com', 'third');
  const { forward, authors } = await ask(commit, [newer, oldest]);
  expect({ forward, authors }).toEqual({ forward: 2, authors: ['carol@example.com', 'bob@example.com'] });
});

it.each([
  [
    'of a commit that is gone',
    (): Partial<BetweenInput> => ({ running: ['f'.repeat(40)] }),
    /has no such commit any more/,
  ],
  ['that is not of Sluice', (): Partial<BetweenInput> => ({ running: [], unknownRuns: true }), /not of Sluice/],
])('knows this commit’s own author where something runs %s, and says so', async (_what, more, sentence) => {
  fixture.commit('first');
  const commit = commitBy('Bob', 'bob@example.com', 'second');
  const { authors, commits, unknown } = await ask(commit, [], more());
  expect({ authors, commits }).toEqual({
    authors: ['bob@example.com'],
    commits: [`${commit.slice(0, 12)} second (Bob)`],
  });
  expect(unknown).toEqual([expect.stringMatching(sentence)]);
});

it('tells changes to gates and to files that tell scanners what to leave out, and no others', async () => {
  fixture.write('.trivyignore', 'CVE-1\n');
  fixture.write('docs/.gitleaksignore', 'a\n');
  const running = fixture.commit('first');
  fixture.write('.trivyignore', 'CVE-1\nCVE-2\n');
  fixture.git('rm', '--quiet', 'docs/.gitleaksignore');
  fixture.write('deep/er/.secretlintrc.json', '{}');
  fixture.write('.gitignore', 'node_modules\n');
  fixture.write('readme.md', 'gates\n');
  fixture.write('release.yml', CONFIG.replace('run: npm test', 'run: npm run quick\n    timeout: 20m'));
  const commit = fixture.commit('second');
  expect((await ask(commit, [running])).gateSettings).toEqual([
    'gate tests: timeoutMs 600000 -> 1200000, run changed',
    '.trivyignore changed',
    'deep/er/.secretlintrc.json is new',
    'docs/.gitleaksignore is gone',
  ]);
});

it('says that gates could not be compared where the old release.yml cannot be read', async () => {
  fixture.write('release.yml', 'gates: 7\n');
  const running = fixture.commit('first');
  fixture.write('release.yml', CONFIG);
  const commit = fixture.commit('second');
  expect((await ask(commit, [running])).gateSettings).toEqual([
    `release.yml of ${running.slice(0, 12)} cannot be read any more, so its gates could not be compared`,
  ]);
});

it('does not guess in a clone without its history', async () => {
  const running = fixture.commit('first');
  fixture.commit('second');
  const commit = fixture.commit('third');
  fixture.git('clone', '--quiet', '--depth=1', `file://${fixture.repository}`, `${fixture.folder}/shallow`);
  const shallow = { repository: `${fixture.folder}/shallow` };
  await expect(ask(commit, [running], shallow)).rejects.toMatchObject({ code: 'shallow' });
});
