import type { GateStatus, PhaseName, PhaseState } from '../../model/messages';
import type { ReleaseEvent } from '../release-events';
import { duration } from './durations';
import type { Palette } from './output';
import { oneLine, quotedLines, sentenceOf } from './sentences';

/** What the live block shows: each phase once, each gate under it, and the last thing said. */
export interface Block {
  phases: BlockPhase[];
  gates: BlockGate[];
  approval?: Extract<ReleaseEvent, { kind: 'approval' }>;
  note?: string;
}

interface BlockPhase {
  phase: PhaseName;
  environment?: string;
  state: PhaseState;
  detail: string;
  startedAt: number;
  durationMs?: number;
}

interface BlockGate {
  gate: string;
  state: GateStatus['state'];
  cause: string;
  startedAt: number;
  durationMs?: number;
  tail?: string;
}

export const EMPTY_BLOCK: Block = { phases: [], gates: [] };

/** The block after one more event. */
export function reduceBlock(block: Block, event: ReleaseEvent): Block {
  switch (event.kind) {
    case 'phase': {
      const { kind: _, at, ...shown } = event;
      const startedAt = event.durationMs === undefined ? at : at - event.durationMs;
      const phases = replace(block.phases, { ...shown, startedAt }, (other) => isSamePhase(other, event));
      if (event.phase !== 'approval' || event.state === 'running') return { ...block, phases };
      const { approval: _decided, ...rest } = block;
      return { ...rest, phases };
    }
    case 'gate': {
      const { kind: _, at, ...shown } = event;
      const startedAt = event.durationMs === undefined ? at : at - event.durationMs;
      return { ...block, gates: replace(block.gates, { ...shown, startedAt }, ({ gate }) => gate === event.gate) };
    }
    case 'progress':
      return {
        ...block,
        phases: block.phases.map((phase) =>
          isSamePhase(phase, event) && phase.state === 'running' ? { ...phase, detail: event.text } : phase,
        ),
      };
    case 'approval':
      return { ...block, approval: event };
    case 'note':
      return { ...block, note: event.text };
  }
}

/** The block as lines of at most `columns` characters; running things show their time up to `now`. */
export function drawBlock(block: Block, workflowId: string, now: number, columns: number, colours: Palette): string[] {
  const lines: string[] = [];
  const add = (
    indent: string,
    state: PhaseState | GateStatus['state'],
    name: string,
    time: string,
    detail: string,
  ): void => {
    const [mark, paint] = look(state, colours);
    const head = `${indent}${mark} ${name.padEnd(22 - indent.length)} ${time.padStart(9)}  `;
    const rest = cut(oneLine(detail), columns - head.length);
    if (rest === '') lines.push(paint(cut(head.trimEnd(), columns)));
    else lines.push(paint(head) + (state === 'failed' ? colours.bad(rest) : rest));
  };
  for (const phase of block.phases) {
    const name = phase.environment === undefined ? phase.phase : `${phase.phase} ${phase.environment}`;
    add('', phase.state, name, timeOf(phase, now), phase.detail);
    if (phase.phase === 'gates') {
      for (const gate of block.gates) {
        add('  ', gate.state, gate.gate, timeOf(gate, now), gate.cause);
        lines.push(...quotedLines(gate.tail).map((text) => colours.faint(cut(`    | ${text}`, columns))));
      }
    }
  }
  if (block.approval) lines.push(colours.busy(cut(sentenceOf(block.approval, workflowId), columns)));
  if (block.note !== undefined) lines.push(colours.faint(cut(oneLine(block.note), columns)));
  return lines;
}

function timeOf({ state, startedAt, durationMs }: BlockPhase | BlockGate, now: number): string {
  if (durationMs !== undefined) return duration(durationMs);
  return state === 'running' ? duration(now - startedAt) : '';
}

function look(
  state: PhaseState | GateStatus['state'],
  colours: Palette,
): [mark: string, paint: (text: string) => string] {
  switch (state) {
    case 'running':
      return ['…', colours.busy];
    case 'done':
    case 'passed':
      return ['✓', colours.good];
    case 'failed':
      return ['✗', colours.bad];
    case 'undetermined':
      return ['?', colours.bad];
    case 'waiting':
    case 'stopped':
      return ['-', colours.faint];
  }
}

function isSamePhase(
  a: { phase: PhaseName; environment?: string },
  b: { phase: PhaseName; environment?: string },
): boolean {
  return a.phase === b.phase && a.environment === b.environment;
}

function replace<T>(list: readonly T[], item: T, isSame: (other: T) => boolean): T[] {
  const at = list.findIndex(isSame);
  return at < 0 ? [...list, item] : list.with(at, item);
}

function cut(text: string, columns: number): string {
  if (text.length <= columns) return text;
  return columns < 2 ? '' : `${text.slice(0, columns - 1)}…`;
}
