import { withShortDigests } from './commit';
import { plainText } from './markdown';
import type { PhaseState, PhaseStatus } from './messages';

const MARK: Record<PhaseState, string> = { running: '…', done: '✓', failed: '✗' };

/** The phases as a small Markdown table: the status page that the Temporal UI gives us for nothing. */
export function phaseTable(phases: readonly PhaseStatus[]): string {
  const rows = phases.map(
    ({ phase, environment, state, detail, startedAt, endedAt }) =>
      `| ${MARK[state]} | ${phase}${environment === undefined ? '' : ` (${environment})`} | ${cell(detail)} | ${
        endedAt === undefined ? '' : seconds(endedAt - startedAt)
      } |`,
  );
  return ['| | phase | | time |', '|---|---|---|---|', ...rows].join('\n');
}

/** What stands under the table in the end. */
export function endLine({ outcome, cause }: { outcome: string; cause: string }): string {
  return `**${outcome}**: ${plainText(cause).replace(/\s*\n\s*/g, ' ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A pipe or a line break would end the cell. */
function cell(text: string): string {
  return withShortDigests(text)
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ');
}
