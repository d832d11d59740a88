import { chmodSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { INSTALL_LIMIT_MS } from '../compose/stage/go-tools';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import { realGitleaks } from '../helpers/gate-tools/gitleaks';
import type { Stage } from './stage/stage';

// Put together here, so that this file is no finding of its own.
const LEAK = `const token = '${['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')}';\n`;
const RULE = '(github-pat)';

let stage: Stage;
let program: string;

beforeAll(async () => {
  program = await realGitleaks();
}, INSTALL_LIMIT_MS);

beforeEach(() => {
  stage = openStage();
  copyFileSync(program, path.join(stage.bin, 'gitleaks'));
});

afterEach(async () => {
  await stage.remove();
});

const gitleaks = (settings: { history: boolean; since?: string } = { history: true }) => gateOf('gitleaks', settings);

/** Commits without what is there now. */
function commitOnly(files: Record<string, string>): void {
  stage.git('rm', '-r', '--quiet', '--force', '.');
  stage.commit(files);
}

describe('real gitleaks does not pass a secret', () => {
  it.each<[string, Record<string, string>]>([
    ['as it is', {}],
    ['with a .gitleaks.toml that allows everything', { '.gitleaks.toml': "[allowlist]\npaths = ['''.*''']\n" }],
    ['with a .gitleaks.toml without rules', { '.gitleaks.toml': 'title = "none"\n' }],
    ['that a .gitleaksignore names', { '.gitleaksignore': 'a.js:github-pat:1\n' }],
    ['in a folder of that name', { '.gitleaksignore/a': 'x' }],
    ['that .gitattributes hides from diffs', { '.gitattributes': '* -diff\n' }],
    ['that .gitattributes calls binary', { '.gitattributes': '*.js binary\n' }],
    ['that .gitattributes keeps out of archives', { '.gitattributes': 'a.js export-ignore\n' }],
    ['that .gitattributes sends through a filter', { '.gitattributes': 'a.js filter=empty\n' }],
    ['that Git ignores', { '.gitignore': '*.js\n' }],
  ])('%s', async (_, files) => {
    stage.commit({ 'a.js': LEAK, ...files });
    expectNoPass(await stage.run(gitleaks()), 'failed', RULE);
  });

  it('with a comment that allows it', async () => {
    stage.commit({ 'a.js': LEAK.replace('\n', ' // gitleaks:allow\n') });
    expectNoPass(await stage.run(gitleaks()), 'failed', RULE);
  });

  it('that was removed again, and stands in the history alone', async () => {
    stage.commit({ 'a.js': LEAK });
    commitOnly({ 'b.js': 'clean\n' });
    expectNoPass(
      await stage.run(gitleaks()),
      'failed',
      /^gitleaks found a leak: a\.js:1 in [0-9a-f]{12} \(github-pat\)$/,
    );
  });

  it('of the history that .gitattributes hides, by the commit that had it and by the last one', async () => {
    stage.commit({ 'a.js': LEAK, '.gitattributes': '* -diff\n' });
    commitOnly({ 'b.js': 'clean\n', '.gitattributes': '* -diff\n' });
    expectNoPass(await stage.run(gitleaks()), 'failed', 'in ');
  });

  it('that only a merge brought in, and that was removed again', async () => {
    stage.commit({ 'a.txt': 'a\n' });
    stage.git('checkout', '--quiet', '-b', 'side');
    stage.commit({ 'b.txt': 'b\n' });
    stage.git('checkout', '--quiet', 'main');
    stage.commit({ 'c.txt': 'c\n' });
    stage.git('merge', '--quiet', '--no-ff', '--no-commit', 'side');
    stage.commit({ 'evil.js': LEAK });
    expect(stage.git('log', '-1', '--format=%P').split(' ')).toHaveLength(2);
    commitOnly({ 'a.txt': 'a\n' });
    expectNoPass(await stage.run(gitleaks()), 'failed', 'evil.js');
  });

  it('of a branch that was merged and deleted', async () => {
    stage.commit({ 'a.txt': 'a\n' });
    stage.git('checkout', '--quiet', '-b', 'side');
    stage.commit({ 'leak.js': LEAK });
    commitOnly({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    stage.git('checkout', '--quiet', 'main');
    stage.git('merge', '--quiet', '--no-ff', '--no-edit', 'side');
    stage.git('branch', '--quiet', '--delete', 'side');
    expectNoPass(await stage.run(gitleaks()), 'failed', 'leak.js');
  });

  it('that another gate removed from its checkout first', async () => {
    stage.commit({ 'a.js': LEAK });
    await stage.run({ ...gateOf('run', { setup: [], run: 'rm a.js', environment: {} }), name: 'first' });
    expectNoPass(await stage.run(gitleaks()), 'failed', 'a.js:1');
  });

  it('and does not look through what came before `since` again', async () => {
    stage.commit({ 'a.js': LEAK });
    const since = stage.git('rev-parse', 'HEAD');
    commitOnly({ 'b.js': 'clean\n' });
    expect(await stage.run(gitleaks({ history: true, since }))).toMatchObject({ verdict: 'passed' });
  });

  it('by a `since` that is no commit of the repository', async () => {
    stage.commit({ 'a.js': LEAK });
    commitOnly({ 'b.js': 'clean\n' });
    const gate = gitleaks({ history: true, since: 'f'.repeat(40) });
    expectNoPass(await stage.run(gate), 'undetermined', 'does not say that it has looked at everything');
  });

  it('and passes a commit that has none, so that this table can fail', async () => {
    stage.commit({ 'a.js': 'clean\n' });
    expect(await stage.run(gitleaks())).toMatchObject({
      verdict: 'passed',
      cause: 'gitleaks found no leaks in the files of the commit and its history',
    });
  });
});

describe('gitleaks does not pass by', () => {
  it('looking at nothing and ending with 0', async () => {
    stage.commit({ 'a.js': LEAK });
    rmSync(path.join(stage.bin, 'gitleaks'));
    writeFileSync(path.join(stage.bin, 'gitleaks'), '#!/bin/sh\nexit 0\n');
    chmodSync(path.join(stage.bin, 'gitleaks'), 0o755);
    expectNoPass(await stage.run(gitleaks()), 'undetermined', 'does not say that it has looked at everything');
  });

  it('an empty commit', async () => {
    stage.commit({});
    expectNoPass(await stage.run(gitleaks()), 'undetermined', 'does not say that it has looked at everything');
  });

  it('a shallow clone, which has no history to look through', async () => {
    stage.commit({ 'a.js': LEAK });
    commitOnly({ 'b.js': 'clean\n' });
    const shallow = path.join(stage.folder, 'shallow');
    stage.git('clone', '--quiet', '--depth=1', `file://${stage.folder}/repository`, shallow);
    const input = { ...stage.input(gitleaks()), repository: shallow };
    await expect(stage.runInput(input)).rejects.toMatchObject({ type: 'SourceMissing' });
  });
});

describe('secretlint does not pass a secret', () => {
  it.each<[string, Record<string, string>]>([
    ['behind an ignore file', { 'a.js': LEAK, '.secretlintignore': '**' }],
    ['behind a configuration without rules', { 'a.js': LEAK, '.secretlintrc.json': '{"rules":[]}' }],
    ['behind a comment', { 'a.js': `/* secretlint-disable */\n${LEAK}` }],
  ])('%s', async (_, files) => {
    stage.commit(files);
    expectNoPass(await stage.run(gateOf('secretlint', {})), 'failed', 'GITHUB_TOKEN');
  });
});
