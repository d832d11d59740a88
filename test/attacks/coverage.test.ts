import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CoverageFormat } from '../../model/plan';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

let stage: Stage;

beforeEach(() => {
  stage = openStage();
});

afterEach(async () => {
  await stage.remove();
});

const FULL = 'SF:src/a.js\nDA:1,1\nDA:2,1\nend_of_record\n';
const cobertura = (inside: string, attributes = 'line-rate="1"'): string =>
  `<?xml version="1.0"?>\n<coverage ${attributes}><packages><package><classes>${inside}</classes></package></packages></coverage>`;
/** 10^9 times `lol`, if anybody counted. */
const BOMB = `<?xml version="1.0"?>\n<!DOCTYPE coverage [<!ENTITY a "lol">${Array.from(
  { length: 9 },
  (_, index) => `<!ENTITY ${'bcdefghij'[index] ?? ''} "${`&${'abcdefghi'[index] ?? ''};`.repeat(10)}">`,
).join('')}]>\n<coverage><sources><source>&j;</source></sources></coverage>`;
const manyLines = (covered: number, total: number): string =>
  `SF:src/a.js\n${Array.from({ length: total }, (_, index) => `DA:${index + 1},${index < covered ? 1 : 0}`).join('\n')}\nend_of_record\n`;

type Attack = [
  what: string,
  files: Record<string, string>,
  run: string,
  format: CoverageFormat,
  verdict: 'failed' | 'undetermined',
  cause: string | RegExp,
];

const ATTACKS: Attack[] = [
  ['79.995 %, which rounds to 80', { l: manyLines(15_999, 20_000) }, 'cp l report', 'lcov', 'failed', '79.99 %'],
  [
    'NaN for no lines',
    { x: cobertura('', 'line-rate="NaN"') },
    'cp x report',
    'cobertura',
    'undetermined',
    'names no file',
  ],
  [
    '100 % of no lines',
    { x: cobertura('<class filename="a.py"><lines/></class>') },
    'cp x report',
    'cobertura',
    'undetermined',
    'counts no line',
  ],
  [
    '100 % by its sums, 0 % by its lines',
    { x: cobertura('<class filename="a.py" line-rate="1"><lines><line number="1" hits="0"/></lines></class>') },
    'cp x report',
    'cobertura',
    'failed',
    '0.00 %',
  ],
  [
    'hits that are no number',
    { x: cobertura('<class filename="a.py"><lines><line number="1" hits="NaN"/></lines></class>') },
    'cp x report',
    'cobertura',
    'undetermined',
    'no `hits`',
  ],
  [
    'a negative count',
    { l: 'SF:a.js\nDA:1,-5\nend_of_record\n' },
    'cp l report',
    'lcov',
    'undetermined',
    'no count of a line',
  ],
  [
    'sums without lines',
    { l: 'SF:a.js\nLF:100\nLH:100\nend_of_record\n' },
    'cp l report',
    'lcov',
    'undetermined',
    'claims lines',
  ],
  [
    'a report that was cut off',
    { l: FULL.slice(0, -8) },
    'cp l report',
    'lcov',
    'undetermined',
    /breaks off|not of an lcov/,
  ],
  [
    'a percentage that the counts do not bear out',
    { s: '{"total":{"lines":{"pct":100}},"src/a.js":{"lines":{"total":10,"covered":1,"pct":100}}}' },
    'cp s report',
    'istanbul-summary',
    'failed',
    '10.00 %',
  ],
  [
    'more lines covered than there are',
    { s: '{"src/a.js":{"lines":{"total":1,"covered":1e9}}}' },
    'cp s report',
    'istanbul-summary',
    'undetermined',
    'make no sense',
  ],
  [
    '"Unknown" of nothing',
    { s: '{"total":{"lines":{"total":0,"covered":0,"pct":"Unknown"}}}' },
    'cp s report',
    'istanbul-summary',
    'undetermined',
    'names no file',
  ],
  [
    'files that are not of the commit',
    {
      l: `SF:src/a.js\nDA:1,0\nend_of_record\nSF:/usr/lib/x.js\n${'DA:1,1\n'.repeat(1)}end_of_record\nSF:../y.js\nDA:1,1\nend_of_record\n`,
    },
    'cp l report',
    'lcov',
    'failed',
    '(0 of 1 in 1 file)',
  ],
  ['a report that is in the commit', { report: FULL }, 'true', 'lcov', 'undetermined', 'did not write it'],
  [
    'a report older than the run',
    { l: FULL },
    'cp l report && touch -d "3 hours ago" report',
    'lcov',
    'undetermined',
    'older than the run',
  ],
  [
    'a report from a cache, with its time',
    { l: FULL },
    'touch -d yesterday l && cp -p l report',
    'lcov',
    'undetermined',
    'older than the run',
  ],
  ['a link out of the workspace', {}, 'ln -s ../../outside.info report', 'lcov', 'undetermined', 'symbolic link'],
  ['a link to the memory of the machine', {}, 'ln -s /dev/zero report', 'lcov', 'undetermined', 'symbolic link'],
  ['a named pipe', {}, 'mkfifo report', 'lcov', 'undetermined', 'not a file'],
  ['a folder', {}, 'mkdir report', 'lcov', 'undetermined', 'not a file'],
  ['a report of 2 GB', {}, 'truncate -s 2G report', 'lcov', 'undetermined', '2147483648 bytes'],
  ['an XML bomb', { x: BOMB }, 'cp x report', 'cobertura', 'undetermined', 'declares entities of its own'],
  [
    'a file of this machine by way of an entity',
    { x: `<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]>${cobertura('<class filename="&x;"/>')}` },
    'cp x report',
    'cobertura',
    'undetermined',
    'declares entities of its own',
  ],
  [
    'elements nested without end',
    { x: `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}` },
    'cp x report',
    'cobertura',
    'undetermined',
    /not XML that can be read safely|root is not/,
  ],
  ['two roots', { x: `${cobertura('')}${cobertura('')}` }, 'cp x report', 'cobertura', 'undetermined', 'says nothing'],
];

describe('coverage does not pass by', () => {
  it.each(ATTACKS)('%s', async (_, files, run, format, verdict, cause) => {
    writeFileSync(path.join(stage.folder, 'outside.info'), FULL);
    stage.commit({ 'src/a.js': '1\n', ...files });
    const coverage = { format, report: 'report', lines: 80, include: [], exclude: [], reportLimitBytes: 16_777_216 };
    const result = await stage.run(gateOf('run', { setup: [], run, environment: {}, coverage }));
    expectNoPass(result, verdict, cause);
    expect(result.cause).not.toContain(readFileSync('/etc/hostname', 'utf8').trim());
  });

  it('a report that only setup wrote', async () => {
    stage.commit({ l: FULL });
    const coverage = {
      format: 'lcov',
      report: 'report',
      lines: 80,
      include: [],
      exclude: [],
      reportLimitBytes: 1e6,
    } as const;
    const rule = { ...coverage, include: [], exclude: [] };
    const result = await stage.run(
      gateOf('run', { setup: ['cp l report'], run: 'true', environment: {}, coverage: rule }),
    );
    expectNoPass(result, 'undetermined', 'did not write it');
  });

  it('a folder that leads out of the workspace, and nothing there is removed', async () => {
    const precious = path.join(stage.folder, 'precious');
    mkdirSync(precious);
    writeFileSync(path.join(precious, 'report'), FULL);
    stage.commit({ a: 'a' });
    const coverage = {
      format: 'lcov' as const,
      report: 'out/report',
      lines: 80,
      include: [],
      exclude: [],
      reportLimitBytes: 1e6,
    };
    const gate = gateOf('run', { setup: [`ln -s ${precious} out`], run: 'true', environment: {}, coverage });
    expectNoPass(await stage.run(gate), 'undetermined', 'would lie outside the checkout');
    expect(existsSync(path.join(precious, 'report'))).toBe(true);
  });

  it('a gate that rewrites the report of another one after that was judged', async () => {
    stage.commit({ l: FULL });
    const coverage = {
      format: 'lcov' as const,
      report: 'report',
      lines: 80,
      include: [],
      exclude: [],
      reportLimitBytes: 1e6,
    };
    const low = gateOf('run', { setup: [], run: 'sed s/DA:2,1/DA:2,0/ l > report', environment: {}, coverage });
    expectNoPass(await stage.run(low), 'failed', '50.00 %');
    await stage.run({ ...gateOf('run', { setup: [], run: 'cp l report', environment: {} }), name: 'other' });
    const { log } = await stage.run({
      ...gateOf('run', { setup: [], run: 'cat report', environment: {} }),
      name: 'third',
    });
    expect(readFileSync(log ?? '', 'utf8')).toContain('DA:2,1');
    expect(readFileSync(path.join(stage.deps.workDir, ...keptPath(stage), 'report'), 'utf8')).toContain('DA:2,0');
  });
});

/** Where reports are kept as they were judged: the folder of the release, then of the gate. */
function keptPath({ leftBehind }: Stage): string[] {
  const [kept = ''] = leftBehind('attacked').filter((folder) => folder.includes('/reports/'));
  return kept.split('/work/')[1]?.split('/') ?? [];
}
