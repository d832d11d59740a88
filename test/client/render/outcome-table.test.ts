import { outcomeTable } from '../../../client/render/outcome-table';
import { COMMIT } from '../samples';

const ROWS = [
  { commit: COMMIT, what: 'a good one', outcome: 'released', durationMs: 9_400, cause: 'It runs, and says so.' },
  {
    commit: COMMIT,
    what: 'broken when it runs',
    outcome: 'rolled-back',
    durationMs: 71_000,
    cause: 'Health of api: HTTP 500 three times; the baseline runs again.',
  },
];

describe('outcomeTable', () => {
  it('lines its columns up, and leaves causes whole where there is no terminal', () => {
    expect(outcomeTable(ROWS, {})).toBe(
      [
        'commit        what                 outcome      time        cause',
        '1a2b3c4d5e6f  a good one           released     9.4 s       It runs, and says so.',
        '1a2b3c4d5e6f  broken when it runs  rolled-back  1 min 11 s  Health of api: HTTP 500 three times; the baseline runs again.',
        '',
      ].join('\n'),
    );
  });

  it('wraps causes to the terminal, under their own column', () => {
    const lines = outcomeTable(ROWS, { isTTY: true, columns: 96 }).trimEnd().split('\n');
    expect(lines.slice(2)).toEqual([
      '1a2b3c4d5e6f  broken when it runs  rolled-back  1 min 11 s  Health of api: HTTP 500 three times;',
      '                                                            the baseline runs again.',
    ]);
  });
});
