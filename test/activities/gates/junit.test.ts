import { createBench, runGate } from './gate-bench';
import type { Bench } from './gate-bench';

let bench: Bench;

const PASSED = '<testsuite tests="2"><testcase name="adds" classname="sum"/><testcase name="subtracts"/></testsuite>';
const FAILED =
  '<testsuites><testsuite tests="3"><testcase name="adds" classname="sum"><failure message="1 is not 2">at</failure></testcase>' +
  '<testcase name="subtracts"/><testcase name="breaks"><error/></testcase></testsuite></testsuites>';

beforeEach(() => {
  bench = createBench();
  bench.commit({ 'passed.xml': PASSED, 'failed.xml': FAILED, 'old/report.xml': PASSED });
});

afterEach(async () => {
  await bench.remove();
});

describe('JUnit reports that a gate names', () => {
  it.each<[string, string, string[], string, string]>([
    ['all passed', 'cp passed.xml r.xml', ['r.xml'], 'passed', '`cp passed.xml r.xml` succeeded; 2 tests passed'],
    [
      'the command failed, and the report says which tests',
      'cp failed.xml r.xml; exit 3',
      ['r.xml'],
      'failed',
      'failed with exit code 3; 2 of 3 tests failed: sum: adds, breaks',
    ],
    [
      'the command succeeded, and the report says that tests failed',
      'cp failed.xml r.xml',
      ['r.xml'],
      'failed',
      '`cp failed.xml r.xml` succeeded; 2 of 3 tests failed: sum: adds, breaks',
    ],
    ['the command failed before there was one', 'exit 1', ['r.xml'], 'failed', '`exit 1` failed with exit code 1'],
    [
      'the command succeeded and wrote none',
      'true',
      ['r.xml'],
      'undetermined',
      'the JUnit report r.xml says nothing about the tests: the command did not write it',
    ],
    ['the report is in the commit', 'true', ['old/report.xml'], 'undetermined', 'the command did not write it'],
    ['the report is empty', ': > r.xml', ['r.xml'], 'undetermined', 'it is empty'],
    [
      'several by a star',
      'mkdir x; cp passed.xml x/T-1.xml; cp failed.xml x/T-2.xml',
      ['x/T-*.xml'],
      'failed',
      '2 of 5',
    ],
    ['one of two paths is missing', 'cp passed.xml r.xml', ['r.xml', 's.xml'], 'undetermined', 's.xml says nothing'],
    [
      'it is older than the run',
      'cp passed.xml r.xml; touch -d "2 days ago" r.xml',
      ['r.xml'],
      'undetermined',
      'it is older than the run',
    ],
  ])('%s', async (_, run, junit, verdict, cause) => {
    expect(await bench.run(runGate(run, { junit }))).toMatchObject({
      verdict,
      cause: expect.stringContaining(cause) as unknown,
    });
  });

  it('say less than coverage that is too low, and both are told', async () => {
    const coverage = {
      format: 'lcov',
      report: 'l.info',
      lines: 80,
      include: [],
      exclude: [],
      reportLimitBytes: 1_000,
    } as const;
    const gate = runGate('cp passed.xml r.xml; printf "SF:a.js\\nDA:1,0\\nend_of_record\\n" > l.info', {
      junit: ['r.xml'],
      coverage: { ...coverage, include: [], exclude: [] },
    });
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'failed',
      cause: expect.stringMatching(/2 tests passed; coverage 0\.00 % of lines .* under the floor of 80 %/) as unknown,
    });
  });
});
