import { parseCoverage } from '../../../model/coverage/parse';

const ROOT = '/work/checkout';
const read = (text: string, root = ROOT) => parseCoverage('lcov', text, root);
const record = (file: string, lines: Record<number, number>): string =>
  `TN:\nSF:${file}\n${Object.entries(lines)
    .map(([line, hits]) => `DA:${line},${hits}`)
    .join('\n')}\nend_of_record\n`;

describe('lcov', () => {
  it('counts the lines of a report as the test runner of Node 20 writes it', () => {
    const text = `TN:
SF:src/price.js
FN:1,roundCents
FNDA:3,roundCents
FNF:1
FNH:1
BRDA:1,0,0,3
BRF:1
BRH:1
DA:1,3
DA:2,3
DA:3,0
LH:2
LF:3
end_of_record
`;
    const branches = { covered: 1, total: 1 };
    expect(read(text)).toEqual({ ok: true, files: [{ path: 'src/price.js', covered: 2, total: 3, branches }] });
  });

  it('counts lines itself: the sums of the report are not believed', () => {
    const text = 'SF:a.js\nDA:1,0\nDA:2,0\nLF:2\nLH:2\nend_of_record\n';
    expect(read(text)).toEqual({ ok: true, files: [{ path: 'a.js', covered: 0, total: 2 }] });
  });

  it('merges a file that comes once for each test: covered when any of them hit it', () => {
    const text = record('a.js', { 1: 1, 2: 0, 3: 0 }) + record('/work/checkout/./a.js', { 1: 0, 2: 4, 3: 0 });
    expect(read(text)).toEqual({ ok: true, files: [{ path: 'a.js', covered: 2, total: 3 }] });
  });

  it('does not count a line twice that is listed twice', () => {
    expect(read('SF:a.js\nDA:1,1\nDA:1,1\nDA:2,0\nend_of_record\n')).toEqual({
      ok: true,
      files: [{ path: 'a.js', covered: 1, total: 2 }],
    });
  });

  it('keeps a file without lines', () => {
    expect(read('SF:empty.js\nLF:0\nLH:0\nend_of_record\n')).toEqual({
      ok: true,
      files: [{ path: 'empty.js', covered: 0, total: 0 }],
    });
  });

  it.each([
    ['relative', 'src/a.js', 'src/a.js'],
    ['with ./ in front', './src/a.js', 'src/a.js'],
    ['absolute', '/work/checkout/src/a.js', 'src/a.js'],
    ['a file URL', 'file:///work/checkout/src/a.js', 'src/a.js'],
    ['through a folder and back', 'src/../src/a.js', 'src/a.js'],
    ['of Windows, relative', 'src\\a.js', 'src/a.js'],
    ['outside', '/usr/lib/a.js', '/usr/lib/a.js'],
    ['in a folder that begins alike', '/work/checkout2/a.js', '/work/checkout2/a.js'],
    ['climbing out', '../other/a.js', '/work/checkout/../other/a.js'],
  ])('names a file that is %s', (_, named, path) => {
    expect(read(record(named, { 1: 1 }))).toMatchObject({ files: [{ path }] });
  });

  it('knows its root on Windows, in either case of the drive', () => {
    expect(read(record('c:\\Work\\Shop\\src\\a.js', { 1: 1 }), 'C:\\Work\\Shop')).toMatchObject({
      files: [{ path: 'src/a.js' }],
    });
  });

  it.each([
    ['empty', '', 'it is empty'],
    ['blank', ' \n\n', 'it is empty'],
    ['cut off within a record', 'SF:a.js\nDA:1,1\n', 'breaks off within a.js'],
    ['a record within a record', 'SF:a.js\nSF:b.js\n', 'line 2 begins a file before the one before it ended'],
    ['an end without a beginning', 'end_of_record\n', 'line 1 ends a file that never began'],
    ['lines of no file', 'DA:1,1\n', 'line 1 is no count of a line'],
    ['hits that are no number', 'SF:a.js\nDA:1,yes\nend_of_record\n', 'line 2 is no count of a line'],
    ['negative hits', 'SF:a.js\nDA:1,-1\nend_of_record\n', 'line 2 is no count of a line'],
    ['a line 0', 'SF:a.js\nDA:0,1\nend_of_record\n', 'line 2 is no count of a line'],
    [
      'sums without lines',
      'SF:a.js\nLF:100\nLH:100\nend_of_record\n',
      'line 2 claims lines that the report does not list',
    ],
    ['another format', '<?xml version="1.0"?><coverage/>', 'line 1 is not of an lcov report'],
    ['a file without a name', 'SF:\nDA:1,1\nend_of_record\n', 'line 1 names no file'],
  ])('does not read a report that is %s', (_, text, why) => {
    expect(read(text)).toEqual({ ok: false, why: expect.stringContaining(why) as unknown });
  });

  it.each([
    ['taken and not taken', 'BRDA:1,0,0,3\nBRDA:1,0,1,0', { covered: 1, total: 2 }],
    ['never reached', 'BRDA:1,0,0,-\nBRDA:1,0,1,-', { covered: 0, total: 2 }],
    [
      'of two tests, each of which took one',
      'BRDA:1,0,0,1\nBRDA:1,0,1,0\nBRDA:1,0,0,0\nBRDA:1,0,1,1',
      { covered: 2, total: 2 },
    ],
    ['of an exception', 'BRDA:1,e0,0,1', { covered: 1, total: 1 }],
  ])('counts branches %s', (_, lines, branches) => {
    const text = `SF:a.js\nDA:1,1\n${lines}\nBRF:99\nBRH:99\nend_of_record\n`;
    expect(read(text)).toMatchObject({ ok: true, files: [{ branches }] });
  });

  it.each(['BRDA:1,0,0', 'BRDA:1,0,0,NaN', 'BRDA:x,0,0,1', 'BRDA:1,0,0,-1'])('takes no %s for a branch', (line) => {
    expect(read(`SF:a.js\nDA:1,1\n${line}\nend_of_record\n`)).toMatchObject({ ok: false });
  });
});
