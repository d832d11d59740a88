import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CoverageRule } from '../../../model/plan';
import { createBench, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
  bench.commit({ 'full.info': report(10, 10), 'half.info': report(5, 10), 'test.info': report(10, 10, 'test/a.js') });
});

afterEach(async () => {
  await bench.remove();
});

function report(covered: number, total: number, file = 'src/a.js'): string {
  const lines = Array.from({ length: total }, (_, index) => `DA:${index + 1},${index < covered ? 1 : 0}`);
  return `SF:${file}\n${lines.join('\n')}\nend_of_record\n`;
}

const rule = (extra: Partial<CoverageRule> = {}): CoverageRule => ({
  format: 'lcov',
  report: 'out/lcov.info',
  lines: 80,
  include: [],
  exclude: ['test/**'],
  reportLimitBytes: 1_000_000,
  ...extra,
});

describe('coverage that a gate asks for', () => {
  it.each<[string, string, Partial<CoverageRule>, string, string]>([
    [
      'reached',
      'mkdir out && cp full.info out/lcov.info',
      {},
      'passed',
      'coverage 100.00 % of lines (10 of 10 in 1 file), floor 80 %',
    ],
    [
      'not reached',
      'mkdir out && cp half.info out/lcov.info',
      {},
      'failed',
      'coverage 50.00 % of lines (5 of 10 in 1 file) is under the floor of 80 %; least covered: src/a.js (5 of 10)',
    ],
    [
      'only by tests that do not count',
      'mkdir out && cat half.info test.info > out/lcov.info',
      {},
      'failed',
      'coverage 50.00 %',
    ],
    ['of nothing but tests', 'mkdir out && cp test.info out/lcov.info', {}, 'undetermined', 'none of the 1 files'],
    [
      'of absolute paths of this checkout',
      'mkdir out && sed "s|SF:|SF:$PWD/|" full.info > out/lcov.info',
      { include: ['src/**'] },
      'passed',
      '10 of 10',
    ],
    [
      'not written',
      'true',
      {},
      'undetermined',
      'the lcov report out/lcov.info says nothing about coverage: the command did not write it',
    ],
    ['empty', 'mkdir out && : > out/lcov.info', {}, 'undetermined', 'it is empty'],
    [
      'cut off',
      'mkdir out && head -n 3 full.info > out/lcov.info',
      {},
      'undetermined',
      'the report breaks off within src/a.js',
    ],
    [
      'too large',
      'mkdir out && cp full.info out/lcov.info',
      { reportLimitBytes: 20 },
      'undetermined',
      'more than the 20 that are read',
    ],
    [
      'in another format',
      'mkdir out && cp full.info out/lcov.info',
      { format: 'cobertura' },
      'undetermined',
      'not well-formed XML',
    ],
    ['a folder', 'mkdir -p out/lcov.info', {}, 'undetermined', 'it is not a file'],
    [
      'a named pipe, which would be waited for',
      'mkdir out && mkfifo out/lcov.info',
      {},
      'undetermined',
      'it is not a file',
    ],
    [
      'a link out of the checkout',
      'mkdir out && ln -s /etc/hostname out/lcov.info',
      {},
      'undetermined',
      'it is a symbolic link',
    ],
    [
      'a link within the checkout',
      'mkdir out && ln -s ../full.info out/lcov.info',
      {},
      'undetermined',
      'it is a symbolic link',
    ],
    [
      'older than the run',
      'mkdir out && cp full.info out/lcov.info && touch -d "1 hour ago" out/lcov.info',
      {},
      'undetermined',
      'it is older than the run that should have written it',
    ],
    [
      'without branches that are asked for',
      'mkdir out && cp full.info out/lcov.info',
      { branches: 50 },
      'undetermined',
      'the coverage report counts no branch',
    ],
    [
      'of too few branches',
      'mkdir out && sed "s/^end_of_record/BRDA:1,0,0,1\\nBRDA:1,0,1,-\\n&/" full.info > out/lcov.info',
      { branches: 50.1 },
      'failed',
      'floor 80 %; coverage 50.00 % of branches (1 of 2 in 1 file) is under the floor of 50.1 %',
    ],
    [
      'full, of a command that fails',
      'mkdir out && cp full.info out/lcov.info; exit 1',
      {},
      'failed',
      'failed with exit code 1',
    ],
  ])('%s', async (_, run, extra, verdict, cause) => {
    expect(await bench.run(runGate(run, { coverage: rule(extra) }))).toMatchObject({
      verdict,
      cause: expect.stringContaining(cause) as unknown,
    });
  });

  it('is not taken from a report that is in the commit', async () => {
    expect(await bench.run(runGate('true', { coverage: rule({ report: 'full.info' }) }))).toMatchObject({
      verdict: 'undetermined',
      cause: expect.stringContaining('the command did not write it') as unknown,
    });
  });

  it('is not taken from the report of an attempt before this one', async () => {
    const coverage = rule();
    expect(await bench.run(runGate('mkdir -p out && cp full.info out/lcov.info', { coverage }))).toMatchObject({
      verdict: 'passed',
    });
    expect(await bench.run(runGate('true', { coverage }))).toMatchObject({ verdict: 'undetermined' });
  });

  it('is not taken from what setup wrote', async () => {
    const setup = ['mkdir -p out && cp full.info out/lcov.info'];
    expect(await bench.run(runGate('true', { setup, coverage: rule() }))).toMatchObject({ verdict: 'undetermined' });
  });

  it('removes nothing outside the checkout when its folder is a link', async () => {
    const precious = path.join(bench.folder, 'lcov.info');
    writeFileSync(precious, 'precious');
    const result = await bench.run(runGate('true', { setup: [`ln -s ${bench.folder} out`], coverage: rule() }));
    expect(result).toMatchObject({
      verdict: 'undetermined',
      cause: 'the report out/lcov.info would lie outside the checkout',
    });
    expect(existsSync(precious)).toBe(true);
  });

  it("is read as Node's own test runner writes it", async () => {
    bench.commit({
      'package.json': '{ "type": "module" }',
      'src/sum.js': 'export function sum(a, b) {\n  return a + b;\n}\nexport function unused() {\n  return 1;\n}\n',
      'test/sum.test.js':
        "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from '../src/sum.js';\ntest('sums', () => assert.equal(sum(1, 2), 3));\n",
    });
    const run = `${JSON.stringify(process.execPath)} --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info`;
    const result = await bench.run(runGate(run, { coverage: rule({ report: 'lcov.info', lines: 60 }) }));
    expect(result).toMatchObject({
      verdict: 'passed',
      cause: expect.stringMatching(/% of lines \(\d+ of 6 in 1 file\)/) as unknown,
    });
  });
});
