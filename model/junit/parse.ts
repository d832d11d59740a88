import { attribute, children, element, readXml } from '../xml';

/** What one report counts. */
export interface TestReport {
  tests: number;
  skipped: number;
  /** Names of the tests that failed or broke off. */
  failed: string[];
  /** What the report's own sums say failed: only ever taken to be more than what it lists. */
  claimed: number;
}

export type ReadJunit = { ok: true; report: TestReport } | { ok: false; why: string };

const LISTS = new Set(['testsuite', 'testcase', 'failure', 'error', 'skipped']);

/**
 * Reads a JUnit XML report, of which there are many dialects: the root is `<testsuites>` or `<testsuite>`, and suites may
 * hold suites. Tests are counted by their elements, since sums have been seen to be wrong. Never throws.
 */
export function parseJunit(text: string): ReadJunit {
  if (text.trim() === '') return { ok: false, why: 'it is empty' };
  const xml = readXml(text, LISTS);
  if (!xml.ok) return xml;
  const root = xml.document['testsuites'];
  const suites = children(xml.document, 'testsuite');
  if (root === undefined && suites.length === 0)
    return { ok: false, why: 'its root is neither `<testsuites>` nor `<testsuite>`' };
  const report: TestReport = { tests: 0, skipped: 0, failed: [], claimed: 0 };
  report.claimed = root === undefined ? sum(suites.map((suite) => count(suite, report))) : count(root, report);
  return { ok: true, report };
}

/** Adds a suite and those in it to the report; answers how many failures it claims. The reader bounds how deep it goes. */
function count(suite: unknown, report: TestReport): number {
  for (const test of children(suite, 'testcase')) {
    report.tests += 1;
    const { failure, error, skipped } = element(test);
    if (failure !== undefined || error !== undefined) report.failed.push(nameOf(test));
    else if (skipped !== undefined) report.skipped += 1;
  }
  const inner = sum(children(suite, 'testsuite').map((each) => count(each, report)));
  return Math.max(inner, number(suite, 'failures') + number(suite, 'errors'));
}

function nameOf(test: unknown): string {
  const [name = '?', of] = [attribute(test, 'name'), attribute(test, 'classname')];
  return of === undefined || of === '' ? name : `${of}: ${name}`;
}

function number(suite: unknown, name: string): number {
  const text = attribute(suite, name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
