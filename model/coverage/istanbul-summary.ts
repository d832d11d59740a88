import { unreadable } from './report';
import type { CoverageReport, Counts, FileCoverage } from './report';
import { relativeToRoot } from './report-path';

/**
 * Reads Istanbul's `coverage-summary.json` from the counts of its files. Its `total` is the writer's sum over files that we
 * may not count, and its `pct` is rounded (and the text "Unknown" for no lines at all).
 */
export function parseIstanbulSummary(text: string, root: string): CoverageReport {
  const summary = parseJson(text);
  if (!isRecord(summary)) return unreadable('it is not a JSON object');
  const files = new Map<string, FileCoverage>();
  for (const [name, entry] of Object.entries(summary)) {
    if (name === 'total') continue;
    const counts = countsIn(entry, 'lines');
    if (counts === undefined) return unreadable(`the counts of lines of ${name} make no sense`);
    const branches = countsIn(entry, 'branches');
    const path = relativeToRoot(name, root);
    // Without the lines themselves two counts of one file cannot be merged.
    if (files.has(path)) return unreadable(`it counts ${path} twice`);
    files.set(path, { path, ...counts, ...(branches && branches.total > 0 && { branches }) });
  }
  return { ok: true, files: [...files.values()] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function countsIn(entry: unknown, of: string): Counts | undefined {
  const counts = isRecord(entry) ? entry[of] : undefined;
  const { total, covered } = isRecord(counts) ? counts : {};
  return isCount(total) && isCount(covered) && covered <= total ? { covered, total } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
