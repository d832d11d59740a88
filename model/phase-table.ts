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

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A pipe or a line break would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}
