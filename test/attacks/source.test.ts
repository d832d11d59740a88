import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

let stage: Stage;
let repository: string;

beforeEach(() => {
  stage = openStage();
  repository = path.join(stage.folder, 'repository');
  stage.commit({ 'a.txt': 'a\n' });
});

afterEach(async () => {
  expect(stage.leftBehind('taken')).toEqual([]);
  await stage.remove();
});

const sees = (line: string) => gateOf('run', { setup: [], run: line, environment: {} });
const TAKE = 'touch taken';

describe('nothing of the repository is run by fetching and checking it out', () => {
  it.each(['$(touch${IFS}taken)', '`touch${IFS}taken`', 'a;touch${IFS}taken', '--upload-pack=touch${IFS}taken'])(
    'not a branch that is called %s',
    async (name) => {
      stage.git('update-ref', `refs/heads/${name}`, 'HEAD');
      expect(await stage.run(sees('cat a.txt'))).toMatchObject({ verdict: 'passed' });
    },
  );

  it('not a branch by a name that Git itself does not allow, as only a hostile server has', async () => {
    const name = '$(touch taken)';
    writeFileSync(path.join(repository, '.git/refs/heads', name), `${stage.git('rev-parse', 'HEAD')}\n`);
    await expect(stage.run(sees('cat a.txt'))).rejects.toMatchObject({ type: 'Unavailable' });
  });

  it('no file that is called like a command, or like an option', async () => {
    stage.commit({ '$(touch taken)': 'x', '`touch taken`.js': 'x', '--exit-code=0': 'x', '-rf': 'x' });
    expect(await stage.run(gateOf('secretlint', {}))).toMatchObject({ verdict: 'passed' });
    expect(await stage.run({ ...sees('test -e ./--exit-code=0'), name: 'second' })).toMatchObject({
      verdict: 'passed',
    });
  });

  it('no hook of a submodule, which is not fetched at all', async () => {
    const inner = path.join(stage.folder, 'inner');
    mkdirSync(inner);
    stage.git('init', '--quiet', inner);
    stage.git('-C', inner, 'commit', '--quiet', '--allow-empty', '--message', 'inner');
    writeFileSync(path.join(inner, '.git/hooks/post-checkout'), `#!/bin/sh\n${TAKE}\n`, { mode: 0o755 });
    stage.git('submodule', '--quiet', 'add', inner, 'module');
    stage.commit({ '.gitmodules': `[submodule "module"]\n\tpath = module\n\turl = ${inner}\n\tupdate = !${TAKE}\n` });
    expect(await stage.run(sees('test -d module && test -z "$(ls module)"'))).toMatchObject({ verdict: 'passed' });
  });

  it('no hook that the repository keeps', async () => {
    for (const hook of ['post-checkout', 'reference-transaction', 'post-merge'])
      writeFileSync(path.join(repository, '.git/hooks', hook), `#!/bin/sh\n${TAKE}\n`, { mode: 0o755 });
    stage.git('-c', 'core.hooksPath=/dev/null', 'config', 'core.hooksPath', '.hooks');
    expect(await stage.run(sees('cat a.txt'))).toMatchObject({ verdict: 'passed' });
  });

  it('no filter that attributes name', async () => {
    stage.commit({ '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
    stage.git('config', 'filter.evil.smudge', TAKE);
    stage.git('config', 'filter.evil.process', TAKE);
    stage.git('config', 'diff.evil.textconv', TAKE);
    expect(await stage.run(sees('cat a.txt'))).toMatchObject({ verdict: 'passed' });
  });

  it('no program that a Git configuration of the commit names', async () => {
    stage.commit({ '.gitconfig': `[core]\n\tfsmonitor = ${TAKE}\n\tpager = ${TAKE}\n` });
    expect(await stage.run(sees('git --version; test -f .gitconfig'))).toMatchObject({ verdict: 'passed' });
  });
});

describe('a link of the commit', () => {
  it('is a link in the checkout, and scanners do not follow it', async () => {
    const outside = path.join(stage.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'key.js'), `const token = '${['ghp', 'a1B2'.repeat(9)].join('_')}';\n`);
    symlinkSync(outside, path.join(repository, 'linked'));
    stage.commit({ 'b.txt': 'b\n' });
    expect(await stage.run(gateOf('secretlint', {}))).toMatchObject({ verdict: 'passed' });
  });

  it('does not lead what a gate writes, or removes, to elsewhere', async () => {
    const outside = path.join(stage.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'r.xml'), 'precious');
    symlinkSync(outside, path.join(repository, 'out'));
    stage.commit({ 'b.txt': 'b\n' });
    const gate = gateOf('run', { setup: [], run: 'true', environment: {}, junit: ['out/r.xml'] });
    expectNoPass(await stage.run(gate), 'undetermined', 'would lie outside the checkout');
    expect(readdirSync(outside)).toEqual(['r.xml']);
  });
});
