import { judgeCoverage } from '../../../model/coverage/judge';
import type { FileCoverage } from '../../../model/coverage/report';

const file = (path: string, covered: number, total: number): FileCoverage => ({ path, covered, total });
const judge = (files: FileCoverage[], rule: { lines: number; include?: string[]; exclude?: string[] }) =>
  judgeCoverage(files, { include: [], exclude: [], ...rule });

describe('the floor', () => {
  it.each([
    ['exactly the floor', 80, 100, 80, 'passed'],
    ['one line under', 799, 1_000, 80, 'failed'],
    ['79.995 %, which rounds to 80', 15_999, 20_000, 80, 'failed'],
    ['79.9999999 %', 799_999_999, 1_000_000_000, 80, 'failed'],
    ['a fraction as floor, reached', 801, 1_000, 80.1, 'passed'],
    ['a fraction as floor, not reached', 800, 1_000, 80.1, 'failed'],
    ['a floor that binary fractions miss', 70, 1_000, 7, 'passed'],
    ['29 % of 100 (0.29 * 100 is 28.999…)', 29, 100, 29, 'passed'],
    ['two thirds', 2, 3, 66.67, 'failed'],
    ['two thirds, floor under it', 2, 3, 66.66, 'passed'],
    ['everything', 7, 7, 100, 'passed'],
    ['all but one line of very many', 999_999, 1_000_000, 100, 'failed'],
    ['no line covered and no floor', 0, 5, 0, 'passed'],
  ])('%s', (_, covered, total, lines, verdict) => {
    expect(judge([file('a.js', covered, total)], { lines }).verdict).toBe(verdict);
  });

  it('never shows a figure that reaches the floor when the counts do not', () => {
    expect(judge([file('a.js', 15_999, 20_000)], { lines: 80 }).cause).toContain(
      'coverage 79.99 % of lines (15999 of 20000 in 1 file)',
    );
  });

  it('is about lines, not about the mean of the files', () => {
    expect(judge([file('small.js', 10, 10), file('large.js', 0, 90)], { lines: 50 })).toMatchObject({
      verdict: 'failed',
      cause:
        'coverage 10.00 % of lines (10 of 100 in 2 files) is under the floor of 50 %; least covered: large.js (0 of 90)',
    });
  });
});

describe('which files count', () => {
  const files = [
    file('src/a.js', 5, 10),
    file('src/deep/b.js', 5, 10),
    file('test/a.test.js', 100, 100),
    file('.hidden/c.js', 0, 10),
  ];
  it.each<[string, string[], string[], string]>([
    ['all', [], [], '110 of 130'],
    ['without tests', [], ['test/**'], '10 of 30'],
    ['only src', ['src/**'], [], '10 of 20'],
    ['one folder deep', ['src/*'], [], '5 of 10'],
    ['anywhere by name', ['**/*.test.js'], [], '100 of 100'],
    ['exclusion wins', ['src/**'], ['**/b.js'], '5 of 10'],
    ['folders that begin with a dot', ['.hidden/**', 'src/a.js'], [], '5 of 20'],
    ['alternatives', ['{src,test}/a*'], [], '105 of 110'],
  ])('%s', (_, include, exclude, counts) => {
    expect(judge(files, { lines: 0, include, exclude }).cause).toContain(`(${counts} in`);
  });

  it('leaves out what is not of the commit, however well it is covered', () => {
    const padded = [
      file('a.js', 1, 10),
      file('/usr/lib/fine.js', 900, 900),
      file('C:/fine.js', 900, 900),
      file('/work/checkout/../x.js', 9, 9),
    ];
    expect(judge(padded, { lines: 80 })).toMatchObject({
      verdict: 'failed',
      cause: expect.stringContaining('(1 of 10 in 1 file)') as unknown,
    });
  });
});

describe('nothing measured is not a pass', () => {
  it.each<[string, FileCoverage[], string[], string]>([
    ['no file', [], [], 'names no file'],
    ['only files without lines', [file('a.js', 0, 0)], [], 'counts no line of 1 file'],
    ['nothing included', [file('a.js', 9, 9)], ['src/**'], 'none of the 1 files of the coverage report is left'],
    [
      'only files outside',
      [file('/x/a.js', 9, 9)],
      [],
      'all files of the coverage report (1) lie outside the checkout',
    ],
  ])('%s', (_, files, include, cause) => {
    for (const lines of [0, 80]) {
      expect(judge(files, { lines, include })).toEqual({
        verdict: 'undetermined',
        cause: expect.stringContaining(cause) as unknown,
      });
    }
  });
});
