/** What `sluice doctor` found in one check. */
export interface Finding {
  /** What was looked at, for example `production/api: service`. */
  check: string;
  /** A check is skipped where an earlier one already failed, or where looking would do more than look. */
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found; a line for each problem of a file. */
  found: string;
  /** One sentence on what to do about it; set for failures and warnings. */
  fix?: string;
}

export type Tally = Record<Finding['status'], number>;

const WORDS: Record<Finding['status'], string> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  skipped: 'skipped',
};
const WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length)) + 2;

/** A finding for people: one line, further lines of what was found and the remedy below it. */
export function findingText({ check, status, found, fix }: Finding): string {
  const below = [...found.split('\n').slice(1), ...(fix === undefined ? [] : [`to fix: ${fix}`])];
  const first = `${WORDS[status].padEnd(WIDTH)}${check}: ${found.split('\n')[0] ?? ''}`;
  return [first, ...below.map((line) => ' '.repeat(WIDTH) + line)].join('\n');
}

/** The last line: how many checks there were, and of which kind. */
export function tallyText({ ok, warning, failed, skipped }: Tally): string {
  const all = ok + warning + failed + skipped;
  const parts = [`${ok} ok`, `${warning} warning(s)`, `${failed} failed`, `${skipped} skipped`];
  return `${all} checks: ${parts.join(', ')}`;
}
