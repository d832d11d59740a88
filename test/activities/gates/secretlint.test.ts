import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GateOf } from '../../../model/gates/kinds';
import { createBench, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

const gate: GateOf<'secretlint'> = { kind: 'secretlint', name: 'secrets', needs: [], timeoutMs: 30_000 };

// Put together here, so that this file is no finding of its own.
const TOKEN = ['ghp', 'a1B2'.repeat(9)].join('_');
const LEAK = `const token = '${TOKEN}';\n`;

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

afterEach(async () => {
  await bench.remove();
});

describe('uses: secretlint', () => {
  it('passes a commit without secrets and says how much it looked at', async () => {
    bench.commit({ 'a.js': 'const answer = 42;\n', 'docs/b.md': '# words\n' });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed', cause: 'secretlint found no secrets in 2 files' });
  });

  it('names file, line and rule, and the secret nowhere', async () => {
    bench.commit({ 'src/a.js': `// first line\n${LEAK}` });
    const result = await bench.run(gate);
    expect(result).toMatchObject({
      verdict: 'failed',
      cause: 'secretlint found a secret: src/a.js:2 (github/GITHUB_TOKEN)',
      tail: 'src/a.js:2 (github/GITHUB_TOKEN)',
    });
    expect(JSON.stringify(result) + readFileSync(result.log ?? '', 'utf8')).not.toContain(TOKEN.slice(8));
  });

  it('shows a few places and counts the others', async () => {
    bench.commit(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${index}.js`, LEAK])));
    expect((await bench.run(gate)).cause).toMatch(/^secretlint found 8 secrets: 0\.js:1 .* and 3 more$/);
  });

  it.each<[string, Record<string, string | Buffer>]>([
    ['an ignore file', { 'a.js': LEAK, '.secretlintignore': '**/*\n' }],
    ['a configuration without rules', { 'a.js': LEAK, '.secretlintrc.json': '{ "rules": [] }' }],
    ['a comment that switches rules off', { 'a.js': `/* secretlint-disable */\n${LEAK}` }],
    ['a comment that switches the next line off', { 'a.js': `// secretlint-disable-next-line\n${LEAK}` }],
    ['a folder that is called node_modules', { 'node_modules/x/a.js': LEAK }],
    ['a folder that begins with a dot', { '.config/a.js': LEAK }],
    ["a name as secretlint's own settings have", { '.secretlintrc.json/a.js': LEAK }],
    ['a name as pictures have', { 'a.png': LEAK }],
    ['a name with a blank and brackets', { '[id] (copy).js': LEAK }],
    ['a file that Git would ignore', { '.gitignore': '*.env\n', 'a.env': LEAK }],
    ['UTF-16', { 'a.txt': Buffer.from(`\uFEFF${LEAK}`, 'utf16le') }],
  ])('is not talked round by %s', async (_, files) => {
    bench.commit(files);
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'failed',
      cause: expect.stringContaining('github/GITHUB_TOKEN') as unknown,
    });
  });

  it('takes a plain file for a file, whatever stands in the way of its name', async () => {
    bench.commit({ 'a\u0007\nb.js': LEAK });
    expect((await bench.run(gate)).cause).toBe('secretlint found a secret: a??b.js:1 (github/GITHUB_TOKEN)');
  });

  it('looks at the commit, not at what other gates did to their checkout', async () => {
    bench.commit({ 'a.js': LEAK });
    expect(await bench.run(runGate('rm a.js'))).toMatchObject({
      verdict: 'passed',
    });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'failed' });
  });

  it('follows no link out of the checkout', async () => {
    writeFileSync(path.join(bench.folder, 'outside.js'), LEAK);
    symlinkSync(path.join(bench.folder, 'outside.js'), path.join(bench.folder, 'repository', 'link.js'));
    bench.commit({ 'a.js': 'clean\n' });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed', cause: 'secretlint found no secrets in 1 files' });
  });
});

describe('a secretlint that cannot tell', () => {
  it('has no files to look at', async () => {
    bench.commit({});
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'the commit has no files, so nothing was scanned',
    });
  });

  it.each([
    ['breaks off', 'process.exit(3)', 'secretlint broke off with exit code 3'],
    [
      'writes half a report',
      'require("fs").writeFileSync(process.argv.at(-1), "{\\"files\\": 1,")',
      'secretlint broke off with exit code 0',
    ],
    ['writes no report', '', 'secretlint broke off with exit code 0'],
    ['takes too long', 'setTimeout(() => {}, 60000)', "secretlint was not done when the gate's 0.5 s were over"],
  ])('%s', async (_, script, cause) => {
    const broken = createBench({ secretlint: [process.execPath, '-e', script, '--'] });
    try {
      broken.commit({ 'a.js': 'clean\n' });
      expect(await broken.run({ ...gate, timeoutMs: 500 })).toMatchObject({ verdict: 'undetermined', cause });
    } finally {
      await broken.remove();
    }
  });
});
