import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

let stage: Stage;

beforeEach(() => {
  stage = openStage();
});

afterEach(async () => {
  await stage.remove();
});

const PASSED = '<testsuite><testcase name="a"/></testsuite>';

type Attack = [
  what: string,
  files: Record<string, string>,
  run: string,
  verdict: 'failed' | 'undetermined',
  cause: string | RegExp,
];

const ATTACKS: Attack[] = [
  [
    'a failure and exit code 0',
    { x: '<testsuite><testcase name="a"><failure/></testcase></testsuite>' },
    'cp x r.xml',
    'failed',
    '1 of 1 test failed: a',
  ],
  [
    'a failure that `|| true` swallows',
    { x: '<testsuite><testcase name="a"><error/></testcase></testsuite>' },
    'cp x r.xml; false || true',
    'failed',
    '1 of 1 test failed',
  ],
  [
    '`failures="0"` over a failure',
    {
      x: '<testsuites failures="0" errors="0"><testsuite failures="0"><testcase name="a"><failure/></testcase></testsuite></testsuites>',
    },
    'cp x r.xml',
    'failed',
    '1 of 1 test failed',
  ],
  [
    'failures that are only counted',
    { x: '<testsuites failures="3"><testsuite><testcase name="a"/></testsuite></testsuites>' },
    'cp x r.xml',
    'failed',
    'counts 3 failures without naming a test',
  ],
  [
    'a failure in a suite within suites',
    {
      x: `<testsuites>${'<testsuite>'.repeat(20)}<testcase name="deep"><failure/></testcase>${'</testsuite>'.repeat(20)}</testsuites>`,
    },
    'cp x r.xml',
    'failed',
    'deep',
  ],
  ['no test', { x: '<testsuites tests="120"/>' }, 'cp x r.xml', 'undetermined', 'lists no test'],
  [
    'nothing but skipped tests',
    {
      x: '<testsuite><testcase name="a"><skipped/></testcase><testcase name="b"><skipped message="later"/></testcase></testsuite>',
    },
    'cp x r.xml',
    'undetermined',
    'all 2 tests were skipped',
  ],
  ['an empty report', {}, ': > r.xml', 'undetermined', 'it is empty'],
  ['no report', {}, 'true', 'undetermined', 'did not write it'],
  [
    'a report of something else',
    { x: '<coverage line-rate="1"/>' },
    'cp x r.xml',
    'undetermined',
    'neither `<testsuites>` nor `<testsuite>`',
  ],
  ['a report that is in the commit', { 'r.xml': PASSED }, 'true', 'undetermined', 'did not write it'],
  [
    'a report older than the run',
    { x: PASSED },
    'cp x r.xml; touch -d "1 day ago" r.xml',
    'undetermined',
    'older than the run',
  ],
  ['a report that breaks off', { x: PASSED.slice(0, -5) }, 'cp x r.xml', 'undetermined', 'not well-formed XML'],
  ['a link out of the workspace', {}, 'ln -s ../../outside.xml r.xml', 'undetermined', 'symbolic link'],
  ['a report of 2 GB', {}, 'truncate -s 2G r.xml', 'undetermined', '2147483648 bytes'],
  [
    'an XML bomb',
    {
      x: `<!DOCTYPE t [<!ENTITY a "${'x'.repeat(50)}"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY c "${'&b;'.repeat(50)}">]><testsuite name="&c;"><testcase name="a"/></testsuite>`,
    },
    'cp x r.xml',
    'undetermined',
    'declares entities of its own',
  ],
  [
    'suites nested without end',
    { x: `${'<testsuite>'.repeat(20_000)}<testcase name="a"/>${'</testsuite>'.repeat(20_000)}` },
    'cp x r.xml',
    'undetermined',
    'not XML that can be read safely',
  ],
  [
    'names that would move the cursor',
    { x: '<testsuite><testcase name="a\u001b[2J\u0007"><failure/></testcase></testsuite>' },
    'cp x r.xml',
    'failed',
    'a?[2J?',
  ],
  [
    'a thousand names of a thousand letters',
    { x: `<testsuite>${`<testcase name="${'n'.repeat(1_000)}"><failure/></testcase>`.repeat(1_000)}</testsuite>` },
    'cp x r.xml',
    'failed',
    'and 995 more',
  ],
];

describe('tests do not pass by', () => {
  it.each(ATTACKS)('%s', async (_, files, run, verdict, cause) => {
    writeFileSync(path.join(stage.folder, 'outside.xml'), PASSED);
    stage.commit({ a: 'a', ...files });
    const result = await stage.run(gateOf('run', { setup: [], run, environment: {}, junit: ['r.xml'] }));
    expectNoPass(result, verdict, cause);
    expect(result.cause).not.toMatch(/\p{Cc}/u);
  });

  it.each<[string, string, 'failed' | 'undetermined', string]>([
    ['a failure among many reports', 'cp x o/T-9.xml', 'failed', '1 of 3 tests failed'],
    ['a link among many reports', 'ln -s T-1.xml o/T-9.xml', 'undetermined', 'symbolic link'],
    [
      'more reports than anybody writes',
      'i=0; while [ $i -lt 1100 ]; do : > o/T-x$i.xml; i=$((i+1)); done',
      'undetermined',
      'more than 1000',
    ],
    [
      'many reports that are too large together',
      'truncate -s 20M o/T-8.xml; truncate -s 20M o/T-9.xml',
      'undetermined',
      'more than the 33554432 that are read',
    ],
  ])('%s', async (_, more, verdict, cause) => {
    stage.commit({ x: '<testsuite><testcase name="a"><failure/></testcase></testsuite>', p: PASSED });
    const run = `mkdir o; cp p o/T-1.xml; cp p o/T-2.xml; ${more}`;
    const result = await stage.run(gateOf('run', { setup: [], run, environment: {}, junit: ['o/T-*.xml'] }));
    expectNoPass(result, verdict, cause);
  });
});
