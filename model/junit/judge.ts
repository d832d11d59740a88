import type { GateVerdict } from '../gate';
import { listed, plural, printable } from '../printable';
import type { TestReport } from './parse';

export interface TestJudgement {
  verdict: GateVerdict;
  /** Part of a sentence, with the counts and the names of some failed tests. */
  cause: string;
}

const SHOWN = 5;

/**
 * Judges the reports of a run by itself, whatever the run's exit code: a failure in them is a failure, and a run in which
 * no test came to an end has not told anything.
 */
export function judgeTests(reports: readonly TestReport[]): TestJudgement {
  const tests = sum(reports.map((report) => report.tests));
  const skipped = sum(reports.map((report) => report.skipped));
  const failed = reports.flatMap((report) => report.failed);
  const claimed = sum(reports.map((report) => Math.max(report.claimed, report.failed.length)));
  if (claimed > 0) {
    const names = listed(
      failed.map((name) => printable(name)),
      SHOWN,
    );
    return {
      verdict: 'failed',
      cause:
        failed.length === 0
          ? `the JUnit report counts ${plural(claimed, 'failure')} without naming a test`
          : `${failed.length} of ${plural(tests, 'test')} failed: ${names}`,
    };
  }
  if (tests === 0) return { verdict: 'undetermined', cause: 'the JUnit report lists no test' };
  if (skipped === tests) return { verdict: 'undetermined', cause: `all ${plural(tests, 'test')} were skipped` };
  return {
    verdict: 'passed',
    cause: `${plural(tests - skipped, 'test')} passed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
