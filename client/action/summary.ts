import type { GateStatus, PhaseState } from '../../model/messages';
import type { ReleaseSnapshot } from '../release-events';
import { phasesOf } from '../release-events';
import { duration } from '../render/durations';
import { oneLine } from '../render/sentences';
import type { Started } from './answers';
import type { ActionInputs } from './inputs';
import type { Result } from './result';

/** The runner takes 1 MiB at most (source: GitHub's "Workflow commands", job summaries): these keep far below. */
const MOST_ROWS = 60;
const LONGEST_TEXT = 500;

const MARK: Record<PhaseState | GateStatus['state'], string> = {
  running: '…',
  done: '✓',
  passed: '✓',
  failed: '✗',
  undetermined: '?',
  waiting: '-',
  stopped: '-',
};

export interface Summary {
  inputs: ActionInputs;
  result: Result;
  started?: Started | undefined;
  snapshot?: ReleaseSnapshot | undefined;
}

/**
 * The job's page: how it ended, phases with their times, gates. Markdown whose every block is HTML without blank lines, in
 * which nothing is Markdown: causes quote what programs of the commit printed, and must not become links or pictures.
 * Source: GitHub Flavored Markdown, HTML blocks.
 */
export function summaryOf({ inputs, result, started, snapshot }: Summary): string {
  const { purpose, project, commit } = inputs;
  const what = `${purpose === 'check' ? 'Check' : 'Release'} of ${project}`;
  const blocks = [
    `<h3>${safe(what)}: ${safe(result.outcome === '' ? 'not ended here' : result.outcome)}</h3>`,
    `<p>${safe(result.cause)}</p>`,
    factsOf(commit, result, started, snapshot),
    ...(snapshot ? [phaseTable(snapshot), gateTable(snapshot)] : []),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function factsOf(commit: string, result: Result, started: Started | undefined, snapshot?: ReleaseSnapshot): string {
  const digest = result.digest ?? snapshot?.release.digest;
  const rows: [string, string][] = [
    ['commit', code(commit)],
    ...(digest === undefined ? [] : [['image', code(digest)] satisfies [string, string]]),
    ...(snapshot ? [['asked for by', safe(snapshot.release.actor)] satisfies [string, string]] : []),
    ...(started ? [['release', linked(started)] satisfies [string, string]] : []),
  ];
  return table(
    [],
    rows.map(([name, value]) => [safe(name), value]),
  );
}

function phaseTable(snapshot: ReleaseSnapshot): string {
  const rows = phasesOf(snapshot).map(({ phase, environment, state, detail, startedAt, endedAt }) => [
    MARK[state],
    safe(environment === undefined ? phase : `${phase} ${environment}`),
    safe(detail),
    endedAt === undefined ? '' : duration(endedAt - startedAt),
  ]);
  return table(['', 'phase', '', 'time'], rows);
}

function gateTable({ release }: ReleaseSnapshot): string {
  const rows = release.gates.map(({ gate, state, cause, durationMs }) => [
    MARK[state],
    safe(gate),
    safe(state === 'undetermined' ? 'could not tell' : state),
    safe(cause),
    durationMs === undefined ? '' : duration(durationMs),
  ]);
  return table(['', 'gate', '', 'cause', 'time'], rows);
}

/** On one line, so that no blank line can end the block. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const shown = rows.slice(0, MOST_ROWS).map((cells) => row(cells, 'td'));
  const rest = rows.length - shown.length;
  if (rest > 0) shown.push(row([`and ${rest} more`], 'td'));
  return `<table>${head.length === 0 ? '' : row(head, 'th')}${shown.join('')}</table>`;
}

function linked({ workflowId, uiUrl }: Started): string {
  return uiUrl === undefined ? code(workflowId) : `<a href="${safe(uiUrl)}">${code(workflowId)}</a>`;
}

function code(text: string): string {
  return `<code>${safe(text)}</code>`;
}

function safe(text: string): string {
  const line = oneLine(text);
  const cut = line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT - 1)}…` : line;
  return cut.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
