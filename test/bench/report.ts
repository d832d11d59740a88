/** What a measurement ends with: a table for people, one line of JSON for programs, and its bars. */

export interface Bar {
  /** What must hold, in words. */
  what: string;
  held: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined) throw new Error('nothing was measured');
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2;
}

/** Columns as wide as their widest cell; the first to the left, all others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}

/** Says which bars were missed, prints the line of JSON, and sets the exit code: 1 where one was missed. */
export function conclude(figures: Record<string, unknown>, bars: readonly Bar[]): void {
  const missed = bars.filter(({ held }) => !held).map(({ what }) => what);
  for (const what of missed) process.stdout.write(`MISSED: ${what}\n`);
  process.stdout.write(`${JSON.stringify({ ...figures, held: missed.length === 0 })}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
