import { shortCommit } from '../../model/commit';
import { duration } from './durations';
import type { Output } from './output';
import { oneLine } from './sentences';
import { textTable } from './table';

export interface OutcomeRow {
  commit: string;
  /** What was released, in the author's words: the commit's subject, say. */
  what: string;
  outcome: string;
  durationMs: number;
  cause: string;
}

/** How several releases ended, one below the other; causes are wrapped to the terminal's width, and whole lines elsewhere. */
export function outcomeTable(rows: readonly OutcomeRow[], output: Pick<Output, 'isTTY' | 'columns'>): string {
  const cells = rows.map(({ commit, what, outcome, durationMs, cause }) => [
    shortCommit(commit),
    oneLine(what),
    outcome,
    duration(durationMs),
    oneLine(cause),
  ]);
  const width = output.isTTY ? (output.columns ?? Infinity) : Infinity;
  return `${textTable(['commit', 'what', 'outcome', 'time', 'cause'], cells, width).join('\n')}\n`;
}
