import type { GateStatus } from '../../model/messages';
import type { ReleaseEvent } from '../release-events';
import type { ReleaseEnd } from '../release-end';
import { duration } from './durations';

const GATE_VERB: Record<GateStatus['state'], string> = {
  waiting: 'waits',
  running: 'started',
  passed: 'passed',
  failed: 'failed',
  undetermined: 'could not tell',
  stopped: 'was stopped',
};

const QUOTED_LINES = 12;
/** They say nothing about the commit, and there are more of them than of anything else. */
const NODE_INTERNAL_FRAME = /^at .*\(?node:internal\//;

/** What a line about this event is filed under: the phase, mostly. */
export function subjectOf(event: ReleaseEvent): string {
  switch (event.kind) {
    case 'phase':
    case 'progress':
      return event.phase;
    case 'gate':
      return 'gates';
    case 'approval':
      return 'approval';
    case 'note':
      return 'note';
  }
}

/** The event in words, on one line. `workflowId` names the release in the commands that it suggests. */
export function sentenceOf(event: ReleaseEvent, workflowId: string): string {
  switch (event.kind) {
    case 'phase':
      return inEnvironment(event.environment, oneLine(phaseSentence(event)));
    case 'gate': {
      const time =
        event.durationMs === undefined
          ? ''
          : ` ${event.state === 'passed' ? 'in' : 'after'} ${duration(event.durationMs)}`;
      return oneLine(`${event.gate} ${GATE_VERB[event.state]}${time}${event.cause === '' ? '' : `: ${event.cause}`}`);
    }
    case 'progress':
      return inEnvironment(event.environment, oneLine(event.text));
    case 'approval':
      return inEnvironment(event.environment, approvalSentence(event, workflowId));
    case 'note':
      return oneLine(event.text);
  }
}

/** What a gate that did not pass printed last, as lines that a terminal can be trusted with. */
export function quotedLines(tail = ''): string[] {
  const lines = tail.split('\n').map(oneLine);
  return lines.filter((text) => text !== '' && !NODE_INTERNAL_FRAME.test(text)).slice(-QUOTED_LINES);
}

export function endSentence(end: ReleaseEnd): string {
  return oneLine(end.terminated ? `terminated: ${end.cause}` : `${end.outcome.outcome}: ${end.outcome.cause}`);
}

function phaseSentence({ state, detail, durationMs }: Extract<ReleaseEvent, { kind: 'phase' }>): string {
  const word = state === 'running' ? 'started' : state === 'done' ? 'done' : 'failed';
  const time = durationMs === undefined ? '' : ` ${state === 'done' ? 'in' : 'after'} ${duration(durationMs)}`;
  return `${word}${time}${detail === '' ? '' : `: ${detail}`}`;
}

function approvalSentence(event: Extract<ReleaseEvent, { kind: 'approval' }>, workflowId: string): string {
  const given = `${event.approvedBy.length} of ${event.minimum} approvals`;
  const by = event.approvedBy.length === 0 ? '' : ` (${event.approvedBy.join(', ')})`;
  const missing = event.missing?.length ? `, missing ${event.missing.join(', ')}` : '';
  const left = event.expiresAt > event.at ? `, expires in ${duration(event.expiresAt - event.at)}` : '';
  const changes = event.changes.length === 0 ? '' : ` It would change: ${event.changes.join('; ')}.`;
  return oneLine(
    `${given}${by}${missing}${left}: sluice approve ${workflowId}, or sluice reject ${workflowId}.${changes}`,
  );
}

function inEnvironment(environment: string | undefined, text: string): string {
  return environment === undefined ? text : `${environment}: ${text}`;
}

/** Causes quote other programs, which like to break lines, or to colour them. */
export function oneLine(text: string): string {
  return text
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/[\u0000-\u001f\u007f\u0080-\u009f]+/g, ' ')
    .trim();
}
