import { parseCoverage } from '../../../model/coverage/parse';

const read = (value: unknown) =>
  parseCoverage('istanbul-summary', typeof value === 'string' ? value : JSON.stringify(value), '/work/checkout');
const lines = (covered: unknown, total: unknown) => ({
  lines: { total, covered, skipped: 0, pct: 100 },
  statements: { total: 9, covered: 9 },
});

describe("Istanbul's coverage-summary.json", () => {
  it('counts files, and believes neither `total` nor `pct`', () => {
    expect(
      read({ total: lines(999, 999), '/work/checkout/src/a.ts': lines(1, 4), '/work/checkout/src/b.ts': lines(2, 2) }),
    ).toEqual({
      ok: true,
      files: [
        { path: 'src/a.ts', covered: 1, total: 4 },
        { path: 'src/b.ts', covered: 2, total: 2 },
      ],
    });
  });

  it('reads a report of no lines, whose pct is the text "Unknown"', () => {
    expect(read({ total: { lines: { total: 0, covered: 0, skipped: 0, pct: 'Unknown' } } })).toEqual({
      ok: true,
      files: [],
    });
  });

  it('takes a byte order mark', () => {
    expect(read(`\uFEFF${JSON.stringify({ 'a.ts': lines(1, 1) })}`)).toMatchObject({ ok: true });
  });

  it.each([
    ['no JSON', '{"total":', 'it is not a JSON object'],
    ['a list', [], 'it is not a JSON object'],
    ['more covered than there is', { 'a.ts': lines(5, 4) }, 'the counts of lines of a.ts make no sense'],
    ['negative', { 'a.ts': lines(-1, 4) }, 'the counts of lines of a.ts make no sense'],
    ['fractions', { 'a.ts': lines(0.5, 4) }, 'the counts of lines of a.ts make no sense'],
    ['numbers as text', { 'a.ts': lines('4', '4') }, 'the counts of lines of a.ts make no sense'],
    [
      'without lines',
      { 'a.ts': { statements: { total: 1, covered: 1 } } },
      'the counts of lines of a.ts make no sense',
    ],
    [
      "of Istanbul's other format",
      { 'a.ts': { path: 'a.ts', statementMap: {}, s: {} } },
      'the counts of lines of a.ts make no sense',
    ],
    ['one file under two names', { 'a.ts': lines(4, 4), '/work/checkout/a.ts': lines(0, 4) }, 'it counts a.ts twice'],
  ])('does not read a report that is %s', (_, value, why) => {
    expect(read(value)).toEqual({ ok: false, why: expect.stringContaining(why) as unknown });
  });

  it('counts branches where there are any', () => {
    const branches = (covered: number, total: number) => ({ ...lines(1, 1), branches: { total, covered, pct: 100 } });
    expect(read({ 'a.ts': branches(1, 4), 'b.ts': branches(0, 0) })).toEqual({
      ok: true,
      files: [
        { path: 'a.ts', covered: 1, total: 1, branches: { covered: 1, total: 4 } },
        { path: 'b.ts', covered: 1, total: 1 },
      ],
    });
  });
});
