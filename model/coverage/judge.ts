import picomatch from 'picomatch';
import type { GateVerdict } from '../gate';
import type { CoverageRule } from '../plan';
import { plural, printable } from '../printable';
import type { Counts, FileCoverage } from './report';
import { isOutside } from './report-path';

export interface CoverageJudgement {
  verdict: GateVerdict;
  /** One sentence, with the counts. */
  cause: string;
}

type CountingRule = Pick<CoverageRule, 'lines' | 'branches' | 'include' | 'exclude'>;

/**
 * Judges counts of lines, and of branches where the rule has a floor for them, in whole numbers: 79.995 % is under a floor
 * of 80, however it is shown.
 *
 * No lines at all are not a pass and not a failure: nothing was measured. Files outside the checkout never count.
 */
export function judgeCoverage(files: readonly FileCoverage[], rule: CountingRule): CoverageJudgement {
  const counting = files.filter(selector(rule));
  const lines = judgeLines(files, counting, rule.lines);
  if (rule.branches === undefined || lines.verdict === 'undetermined') return lines;
  const branches = judgeBranches(counting, rule.branches);
  const worse = [lines, branches].find(({ verdict }) => verdict === 'failed');
  return {
    verdict: worse?.verdict ?? branches.verdict,
    cause: `${lines.cause}; ${branches.cause}`,
  };
}

function judgeLines(
  files: readonly FileCoverage[],
  counting: readonly FileCoverage[],
  floor: number,
): CoverageJudgement {
  const { covered, total } = sum(counting);
  if (total === 0) return { verdict: 'undetermined', cause: nothingCounted(files, counting) };
  return verdictOn('lines', { covered, total }, counting, floor);
}

function judgeBranches(counting: readonly FileCoverage[], floor: number): CoverageJudgement {
  const branching = counting.flatMap(({ path, branches }) => (branches ? [{ path, ...branches }] : []));
  const { covered, total } = sum(branching);
  if (total === 0) {
    const cause = 'the coverage report counts no branch, so their coverage was not measured';
    return { verdict: 'undetermined', cause };
  }
  return verdictOn('branches', { covered, total }, branching, floor);
}

function verdictOn(
  what: string,
  { covered, total }: Counts,
  files: readonly FileCoverage[],
  floor: number,
): CoverageJudgement {
  const seen = `coverage ${floored(covered, total)} % of ${what} (${covered} of ${total} in ${plural(files.length, 'file')})`;
  if (reaches(covered, total, floor)) return { verdict: 'passed', cause: `${seen}, floor ${floor} %` };
  return {
    verdict: 'failed',
    cause: `${seen} is under the floor of ${floor} %; least covered: ${leastCovered(files)}`,
  };
}

function selector({ include, exclude }: Pick<CountingRule, 'include' | 'exclude'>): (file: FileCoverage) => boolean {
  const options = { dot: true, noextglob: true };
  const included = include.length === 0 ? () => true : picomatch(include, options);
  const excluded = exclude.length === 0 ? () => false : picomatch(exclude, options);
  return ({ path }) => !isOutside(path) && included(path) && !excluded(path);
}

/** covered / total >= percent / 100 without a fraction in between; `percent` is a decimal as people write it. */
function reaches(covered: number, total: number, percent: number): boolean {
  const [whole = '0', decimals = ''] = percent.toFixed(10).split('.');
  const scale = 10n ** BigInt(decimals.length);
  return BigInt(covered) * 100n * scale >= BigInt(whole + decimals) * BigInt(total);
}

/** Two decimals, never rounded up: what is under the floor must not look as if it reached it. */
function floored(covered: number, total: number): string {
  const hundredths = (BigInt(covered) * 10_000n) / BigInt(total);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

function leastCovered(files: readonly FileCoverage[]): string {
  return files
    .filter(({ covered, total }) => covered < total)
    .sort((a, b) => b.total - b.covered - (a.total - a.covered))
    .slice(0, 3)
    .map(({ path, covered, total }) => `${printable(path)} (${covered} of ${total})`)
    .join(', ');
}

function nothingCounted(files: readonly FileCoverage[], counting: readonly FileCoverage[]): string {
  if (files.length === 0) return 'the coverage report names no file, so nothing was measured';
  if (counting.length > 0)
    return `the coverage report counts no line of ${plural(counting.length, 'file')}, so nothing was measured`;
  const outside = files.filter(({ path }) => isOutside(path)).length;
  return outside === files.length
    ? `all files of the coverage report (${outside}) lie outside the checkout, so nothing was measured`
    : `none of the ${files.length} files of the coverage report is left by \`include\` and \`exclude\`, so nothing was measured`;
}

function sum(counts: readonly Counts[]): Counts {
  return {
    covered: counts.reduce((all, { covered }) => all + covered, 0),
    total: counts.reduce((all, { total }) => all + total, 0),
  };
}
