import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { judgeCoverage } from '../../model/coverage/judge';
import { parseCoverage } from '../../model/coverage/parse';
import type { GateVerdict } from '../../model/gate';
import { judgeTests } from '../../model/junit/judge';
import { parseJunit } from '../../model/junit/parse';
import type { TestReport } from '../../model/junit/parse';
import type { CoverageRule, RunGate } from '../../model/plan';
import type { GateContext } from './context';
import { printable } from './finding';
import { collectReports, forgetReports } from './reports';
import type { Report } from './reports';

/** Of all JUnit reports that one pattern means, together. */
const JUNIT_LIMIT_BYTES = 32 * 1024 ** 2;

export interface Judgement {
  verdict: GateVerdict;
  cause: string;
}

/** The reports of one run of a gate's command. */
export interface RunReports {
  /** JUnit first: which tests failed says more than how little they covered. */
  judge(): Promise<Judgement[]>;
}

/**
 * Clears the way for the reports of a run that is about to begin. Answers a sentence when one of them would lie outside
 * the checkout.
 */
export async function prepareReports(
  gate: RunGate,
  checkout: string,
  context: Pick<GateContext, 'own' | 'keepReport' | 'note'>,
): Promise<RunReports | string> {
  const { coverage, junit = [] } = gate;
  for (const pattern of [...junit, ...(coverage ? [coverage.report] : [])]) {
    if (await forgetReports(checkout, pattern)) continue;
    return `the report ${printable(pattern)} would lie outside the checkout`;
  }
  const since = await now(context.own);
  const keep = async (reports: readonly Report[]): Promise<void> => {
    for (const { path: name, text } of reports) {
      await context.keepReport(name, text);
      context.note(`[report] ${name} sha256:${createHash('sha256').update(text).digest('hex')}`);
    }
  };
  return {
    async judge() {
      const judgements: Judgement[] = [];
      if (junit.length > 0) judgements.push(await judgeJunit(checkout, junit, since, keep));
      if (coverage) judgements.push(await judgeCovered(checkout, coverage, since, keep));
      return judgements;
    },
  };
}

/** By the clock of the file system that the reports will be on. */
async function now(folder: string): Promise<number> {
  const file = path.join(folder, 'began');
  await writeFile(file, '');
  return (await stat(file)).mtimeMs;
}

type Keep = (reports: readonly Report[]) => Promise<void>;

async function judgeJunit(
  checkout: string,
  patterns: readonly string[],
  since: number,
  keep: Keep,
): Promise<Judgement> {
  const read: TestReport[] = [];
  for (const pattern of patterns) {
    const found = await collectReports(checkout, pattern, { limitBytes: JUNIT_LIMIT_BYTES, since });
    if (!found.ok) return saysNothing('JUnit report', pattern, 'the tests', found.why);
    await keep(found.reports);
    for (const { path: name, text } of found.reports) {
      const parsed = parseJunit(text);
      if (!parsed.ok) return saysNothing('JUnit report', name, 'the tests', parsed.why);
      read.push(parsed.report);
    }
  }
  return judgeTests(read);
}

async function judgeCovered(checkout: string, rule: CoverageRule, since: number, keep: Keep): Promise<Judgement> {
  const { format, report: pattern, reportLimitBytes: limitBytes } = rule;
  const nothing = (why: string): Judgement => saysNothing(`${format} report`, pattern, 'coverage', why);
  const found = await collectReports(checkout, pattern, { limitBytes, since });
  if (!found.ok) return nothing(found.why);
  const [report] = found.reports;
  if (report === undefined) return nothing('the command did not write it');
  await keep([report]);
  const parsed = parseCoverage(format, report.text, checkout);
  return parsed.ok ? judgeCoverage(parsed.files, rule) : nothing(parsed.why);
}

function saysNothing(what: string, name: string, about: string, why: string): Judgement {
  return { verdict: 'undetermined', cause: `the ${what} ${printable(name)} says nothing about ${about}: ${why}` };
}
