import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { createFixture } from './fixture';
import type { Fixture } from './fixture';

let at: Fixture;
beforeEach(() => {
  at = createFixture();
});
afterEach(() => at.remove());

const failsWith = async (answer: Promise<unknown>, code: string, message: string): Promise<void> => {
  await expect(answer).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
};

describe('resolving a commit', () => {
  it('answers the full id of a full one and of an abbreviation', async () => {
    const commit = at.commit('one');
    expect(await at.source.resolveCommit(at.repository, commit)).toBe(commit);
    expect(await at.source.resolveCommit(at.repository, commit.toUpperCase())).toBe(commit);
    expect(await at.source.resolveCommit(at.repository, commit.slice(0, 7))).toBe(commit);
    expect(await at.source.resolveCommit(`file://${at.repository}`, commit.slice(0, 12))).toBe(commit);
  });

  it('finds a commit that came after the last fetch', async () => {
    await at.source.resolveCommit(at.repository, at.commit('one'));
    const two = at.commit('two');
    expect(await at.source.resolveCommit(at.repository, two)).toBe(two);
  });

  it('finds a full id that is on no branch', async () => {
    at.commit('one');
    at.git('checkout', '--quiet', '--detach');
    const detached = at.commit('of a pull request');
    at.git('checkout', '--quiet', 'main');
    expect(await at.source.resolveCommit(at.repository, detached)).toBe(detached);
  });

  it.each(['branch', 'tag'])('is not fooled by a %s that is named like a commit', async (kind) => {
    const good = at.commit('good');
    at.commit('evil');
    const abbreviation = good.slice(0, 8);
    at.git(kind, good, 'HEAD');
    at.git(kind, abbreviation, 'HEAD');
    at.git(kind, 'deadbeef', 'HEAD');
    expect(await at.source.resolveCommit(at.repository, good)).toBe(good);
    expect(await at.source.resolveCommit(at.repository, abbreviation)).toBe(good);
    await failsWith(
      at.source.resolveCommit(at.repository, 'deadbeef'),
      'unknown-commit',
      'there is no commit deadbeef',
    );
  });

  it.each(['main', 'HEAD', 'v1', 'abc123', 'HEAD~1', '--all', '', 'z'.repeat(40), 'a'.repeat(64)])(
    'refuses %j, which is not a commit id',
    async (revision) => {
      at.commit('one');
      at.git('tag', 'v1');
      await failsWith(at.source.resolveCommit(at.repository, revision), 'unknown-commit', 'is not a commit id');
    },
  );

  it('refuses an abbreviation of several commits', async () => {
    const seen = new Map<string, string>();
    const tree = at.git('write-tree');
    // Ids of commits are as good as random: two that share 7 digits are made by trying, with Git's own hash.
    const env = { ...process.env, GIT_AUTHOR_DATE: '1 +0000', GIT_COMMITTER_DATE: '1 +0000' };
    const content = (n: number): string => `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n${n}\n`;
    for (let n = 0; ; n++) {
      const id = createHash('sha1')
        .update(`commit ${content(n).length}\0${content(n)}`)
        .digest('hex')
        .slice(0, 7);
      const twin = seen.get(id);
      if (twin === undefined) {
        seen.set(id, content(n));
        continue;
      }
      for (const [name, text] of Object.entries({ one: twin, two: content(n) })) {
        const options = { cwd: at.repository, env, input: text, encoding: 'utf8' } as const;
        const commit = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], options).trim();
        at.git('update-ref', `refs/heads/${name}`, commit);
      }
      await failsWith(
        at.source.resolveCommit(at.repository, id),
        'ambiguous-commit',
        `${id} is the beginning of 2 commits`,
      );
      return;
    }
  });

  it('refuses what is no commit', async () => {
    at.write('a', 'a');
    at.commit('one');
    const tree = at.git('rev-parse', 'HEAD^{tree}');
    await failsWith(at.source.resolveCommit(at.repository, tree), 'unknown-commit', 'is a tree, not a commit');
    const unknown = '0123456789abcdef0123456789abcdef01234567';
    await failsWith(at.source.resolveCommit(at.repository, unknown), 'unknown-commit', `no commit ${unknown}`);
  });
});

describe('a repository', () => {
  const sha = '0'.repeat(40);

  it('that is no repository is told from one that cannot be reached', async () => {
    const folder = path.join(at.folder, 'plain');
    mkdirSync(folder);
    await failsWith(at.source.resolveCommit(folder, sha), 'not-a-repository', `${folder} is not a Git repository`);
    const absent = path.join(at.folder, 'absent');
    await failsWith(at.source.resolveCommit(absent, sha), 'not-a-repository', 'there is no such folder');
    await failsWith(
      at.source.branchHead('https://127.0.0.1:1/shop.git', 'main'),
      'unreachable',
      'could not be fetched',
    );
    await failsWith(at.source.resolveCommit('ext::sh -c id', sha), 'refused-url', 'is refused');
  });

  it('that answers nothing costs no more than the time limit', async () => {
    const connections: net.Socket[] = [];
    const silent = net.createServer((socket) => connections.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const source = at.createSource(3_000);
      const url = `https://127.0.0.1:${(silent.address() as net.AddressInfo).port}/shop.git`;
      await failsWith(source.branchHead(url, 'main'), 'unreachable', '`git fetch` was not done after 3 s');
      expect(connections).not.toHaveLength(0);
    } finally {
      for (const socket of connections) socket.destroy();
      silent.close();
    }
  });

  it('that belongs to another user is read all the same', async () => {
    const commit = at.commit('one');
    if (process.getuid?.() !== 0) return; // only root can give files away
    for (const name of ['.', '.git']) chownSync(path.join(at.repository, name), 12_345, 12_345);
    expect(await at.source.resolveCommit(at.repository, commit)).toBe(commit);
  });

  it('cannot make us run its hooks', async () => {
    const commit = at.commit('one');
    const witness = path.join(at.folder, 'ran');
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc']) {
      writeFileSync(path.join(at.repository, '.git/hooks', hook), `#!/bin/sh\ntouch ${witness}\n`, { mode: 0o755 });
    }
    await at.source.checkout(at.repository, commit, path.join(at.folder, 'out'));
    expect(existsSync(witness)).toBe(false);
  });

  it('may be asked many things at once', async () => {
    const commits = [at.commit('one'), at.commit('two'), at.commit('three')];
    const heads = [...commits, ...commits].map(async (commit) => at.source.resolveCommit(at.repository, commit));
    const branches = [1, 2, 3].map(async () => at.source.branchHead(at.repository, 'main'));
    expect(await Promise.all(heads)).toEqual([...commits, ...commits]);
    expect(await Promise.all(branches)).toEqual(commits.map(() => commits[2]));
  });

  it('is fetched again after a fetch that was killed half way', async () => {
    await at.source.branchHead(at.repository, 'main').catch(() => undefined);
    const [mirror = ''] = readdirSync(path.join(at.workDir, 'mirrors'));
    mkdirSync(path.join(at.workDir, 'mirrors', mirror, 'refs/heads'), { recursive: true });
    for (const lock of ['refs/heads/main.lock', 'packed-refs.lock', 'shallow.lock', 'config.lock']) {
      writeFileSync(path.join(at.workDir, 'mirrors', mirror, lock), '');
    }
    const commit = at.commit('one');
    expect(await at.source.branchHead(at.repository, 'main')).toBe(commit);
  });

  it('is left at once when the caller no longer wants the answer', async () => {
    const reason = new Error('the release was aborted');
    await expect(at.source.branchHead(at.repository, 'main', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('history', () => {
  it('tells newer from older, and from neither', async () => {
    const one = at.commit('one');
    const two = at.commit('two');
    at.git('checkout', '--quiet', '-b', 'other', one);
    const three = at.commit('three');
    expect(await at.source.isAncestor(at.repository, one, two)).toBe(true);
    expect(await at.source.isAncestor(at.repository, one, one)).toBe(true);
    expect(await at.source.isAncestor(at.repository, two, one)).toBe(false);
    expect(await at.source.isAncestor(at.repository, three, two)).toBe(false);
  });

  it('says that it cannot tell for a clone without history', async () => {
    const one = at.commit('one');
    at.commit('two');
    const three = at.commit('three');
    const shallow = path.join(at.folder, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=2', `file://${at.repository}`, shallow]);
    execFileSync('git', ['-C', shallow, 'fetch', '--quiet', '--depth=1', 'origin', one], { stdio: 'ignore' });
    expect(await at.source.resolveCommit(shallow, three)).toBe(three);
    await failsWith(at.source.isAncestor(shallow, one, three), 'shallow', 'fetch its whole history');
  });

  it('knows the head of a branch as it is now, and only of a branch', async () => {
    at.commit('one');
    at.git('tag', 'v1');
    expect(await at.source.branchHead(at.repository, 'main')).toBe(at.git('rev-parse', 'HEAD'));
    at.git('commit', '--amend', '--allow-empty', '--message', 'rewritten');
    expect(await at.source.branchHead(at.repository, 'main')).toBe(at.git('rev-parse', 'HEAD'));
    for (const name of ['v1', 'main~0', 'main@{0}', 'HEAD', '../tags/v1', '--help']) {
      await failsWith(at.source.branchHead(at.repository, name), 'unknown-branch', `has no branch ${name}`);
    }
  });

  it('forgets a branch that was deleted, and takes one that is now a folder of branches', async () => {
    at.commit('one');
    at.git('branch', 'feature');
    await at.source.branchHead(at.repository, 'feature');
    at.git('branch', '--delete', 'feature');
    at.git('branch', 'feature/a');
    expect(await at.source.branchHead(at.repository, 'feature/a')).toBe(at.git('rev-parse', 'main'));
    await failsWith(at.source.branchHead(at.repository, 'feature'), 'unknown-branch', 'has no branch feature');
  });
});

describe('a file at a commit', () => {
  it('is read byte for byte, as it was then', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    at.write('sub/release.yml', bytes);
    const commit = at.commit('one');
    at.write('sub/release.yml', 'later');
    at.commit('two');
    expect(await at.source.readFileAt(at.repository, commit, 'sub/release.yml', 5)).toEqual(bytes);
  });

  it.each([
    ['absent', 'does not exist'],
    ['../release.yml', 'failed'],
    ['sub', 'is not a regular file'],
    ['link', 'is not a regular file'],
    ['big', 'has 6 bytes, and at most 5 are read'],
    ['b*', 'does not exist'],
  ])('is refused when it is %s', async (file, why) => {
    at.write('sub/a', 'a');
    at.write('big', '123456');
    symlinkSync('/etc/passwd', path.join(at.repository, 'link'));
    const commit = at.commit('one');
    await expect(at.source.readFileAt(at.repository, commit, file, 5)).rejects.toThrow(why);
  });
});

describe('a checkout', () => {
  const out = (): string => path.join(at.folder, 'checkouts', 'shop');

  it('is exactly the tree of the commit, without a .git', async () => {
    at.write('src/run.sh', '#!/bin/sh\n');
    chmodSync(path.join(at.repository, 'src/run.sh'), 0o755);
    symlinkSync('/etc/passwd', path.join(at.repository, 'link'));
    const commit = at.commit('one');
    at.write('later', 'later');
    at.commit('two');

    const { directory, treeHash } = await at.source.checkout(at.repository, commit, out());
    expect(directory).toBe(out());
    expect(treeHash).toBe(at.git('rev-parse', `${commit}^{tree}`));
    expect(await at.source.treeHash(at.repository, commit)).toBe(treeHash);
    expect(readdirSync(directory, { recursive: true }).sort()).toEqual(['link', 'src', 'src/run.sh']);
    expect(lstatSync(path.join(directory, 'src/run.sh')).mode & 0o111).not.toBe(0);
    expect(readlinkSync(path.join(directory, 'link'))).toBe('/etc/passwd');
  });

  it('holds what was committed, whatever attributes say', async () => {
    at.write('text.txt', 'one\r\ntwo $Id$\r\n');
    at.write('pointer.bin', 'version https://git-lfs.github.com/spec/v1\n');
    at.commit('one');
    at.write('.gitattributes', '*.txt text eol=lf ident export-ignore\n*.bin filter=lfs\n');
    at.git('add', '.gitattributes');
    at.git('commit', '--quiet', '--message', 'attributes');
    const { directory } = await at.source.checkout(at.repository, at.git('rev-parse', 'HEAD'), out());
    expect(readFileSync(path.join(directory, 'text.txt'), 'utf8')).toBe('one\r\ntwo $Id$\r\n');
    expect(readFileSync(path.join(directory, 'pointer.bin'), 'utf8')).toMatch(/^version https/);
  });

  it('is not made twice, and is replaced by one of another commit', async () => {
    at.write('file', 'one');
    const one = at.commit('one');
    at.write('file', 'two');
    const two = at.commit('two');
    await at.source.checkout(at.repository, one, out());
    writeFileSync(path.join(out(), 'made-by-a-gate'), '');
    await at.source.checkout(at.repository, one, out());
    expect(existsSync(path.join(out(), 'made-by-a-gate'))).toBe(true);
    await at.source.checkout(at.repository, two, out());
    expect(readdirSync(out())).toEqual(['file']);
    expect(readFileSync(path.join(out(), 'file'), 'utf8')).toBe('two');
  });

  it('replaces a folder of unknown origin, and can be removed', async () => {
    at.write('file', 'one');
    const one = at.commit('one');
    mkdirSync(path.join(out(), 'half'), { recursive: true });
    await at.source.checkout(at.repository, one, out());
    expect(readdirSync(out())).toEqual(['file']);
    await at.source.removeCheckout(out());
    expect(readdirSync(path.dirname(out()))).toEqual([]);
  });

  it('leaves nothing when it is interrupted', async () => {
    at.write('file', 'one');
    const one = at.commit('one');
    const controller = new AbortController();
    const made = at.source.checkout(at.repository, one, out(), controller.signal);
    controller.abort(new Error('interrupted'));
    await expect(made).rejects.toThrow('interrupted');
    expect(existsSync(out())).toBe(false);
  });
});
