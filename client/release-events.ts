import type {
  DeploymentStatus,
  GateStatus,
  PhaseName,
  PhaseState,
  PhaseStatus,
  ReleaseStatus,
  WaitingForApproval,
} from '../model/messages';

/** What an activity under way says of itself: the text that the Temporal UI shows under "pending activities". */
export interface ActivityProgress {
  id: string;
  text: string;
}

/** All that is known of a release at one moment. */
export interface ReleaseSnapshot {
  /** Milliseconds since the epoch, by the observer's clock. */
  at: number;
  release: ReleaseStatus;
  /** The newest deployment of this release that answered; kept after its end. */
  deployment?: DeploymentStatus;
  activities: ActivityProgress[];
}

/** One change. `at` is the workflow's own time where it tells one, so that who comes late reads true times. */
export type ReleaseEvent =
  | {
      kind: 'phase';
      at: number;
      phase: PhaseName;
      environment?: string;
      state: PhaseState;
      detail: string;
      durationMs?: number;
    }
  | {
      kind: 'gate';
      at: number;
      gate: string;
      state: GateStatus['state'];
      cause: string;
      durationMs?: number;
      tail?: string;
    }
  | { kind: 'progress'; at: number; phase: PhaseName; environment?: string; text: string }
  | ({ kind: 'approval'; at: number } & WaitingForApproval)
  | { kind: 'note'; at: number; text: string };

/** Whatever changed between two looks at one release, in the order of time; everything known when there was no look before. */
export function deriveEvents(before: ReleaseSnapshot | undefined, now: ReleaseSnapshot): ReleaseEvent[] {
  const events = [
    ...phaseEvents(before, now),
    ...now.release.gates.flatMap((gate) => gateEvent(before?.release.gates, gate, now.at)),
    ...approvalEvent(before, now),
    ...progressEvents(before, now),
  ];
  return events.sort((a, b) => a.at - b.at);
}

/** The release's phases with those of its deployment, in the order in which they began. */
export function phasesOf({ release, deployment }: ReleaseSnapshot): PhaseStatus[] {
  const phases = new Map(release.phases.map((phase) => [keyOf(phase), phase]));
  for (const phase of deployment?.phases ?? []) {
    const placed = { ...phase, environment: phase.environment ?? deployment?.environment };
    phases.set(keyOf(placed as PhaseStatus), placed as PhaseStatus);
  }
  return [...phases.values()].sort((a, b) => a.startedAt - b.startedAt);
}

function phaseEvents(before: ReleaseSnapshot | undefined, now: ReleaseSnapshot): ReleaseEvent[] {
  const known = new Map((before === undefined ? [] : phasesOf(before)).map((phase) => [keyOf(phase), phase]));
  return phasesOf(now).flatMap((status): ReleaseEvent[] => {
    const last = known.get(keyOf(status));
    const { phase, state, detail, startedAt, endedAt } = status;
    const where = status.environment === undefined ? {} : { environment: status.environment };
    if (last?.state === state) {
      if (last.detail === detail || state !== 'running') return [];
      return [{ kind: 'progress', at: now.at, phase, ...where, text: detail }];
    }
    const event = { kind: 'phase', phase, ...where, state, detail } as const;
    if (state === 'running') return [{ ...event, at: startedAt }];
    return [{ ...event, at: endedAt ?? now.at, ...(endedAt !== undefined && { durationMs: endedAt - startedAt }) }];
  });
}

/** A phase that begins again (approval asked for a second time) is another one. */
function keyOf({ environment, phase, startedAt }: PhaseStatus): string {
  return `${environment ?? ''}/${phase}/${startedAt}`;
}

function gateEvent(before: readonly GateStatus[] | undefined, gate: GateStatus, observedAt: number): ReleaseEvent[] {
  const last = before?.find(({ gate: name }) => name === gate.gate);
  if (gate.state === 'waiting' || last?.state === gate.state) return [];
  const { startedAt, durationMs } = gate;
  const began = startedAt ?? observedAt;
  return [
    {
      kind: 'gate',
      at: gate.state === 'running' ? began : startedAt === undefined ? observedAt : began + (durationMs ?? 0),
      gate: gate.gate,
      state: gate.state,
      cause: gate.cause,
      ...(durationMs !== undefined && { durationMs }),
      ...(gate.tail !== undefined && { tail: gate.tail }),
    },
  ];
}

function approvalEvent(before: ReleaseSnapshot | undefined, now: ReleaseSnapshot): ReleaseEvent[] {
  const waiting = now.release.waitingForApproval;
  const last = before?.release.waitingForApproval;
  if (waiting === undefined || JSON.stringify(waiting) === JSON.stringify(last)) return [];
  return [{ kind: 'approval', at: now.at, ...waiting }];
}

function progressEvents(before: ReleaseSnapshot | undefined, now: ReleaseSnapshot): ReleaseEvent[] {
  const running = phasesOf(now).findLast(({ state }) => state === 'running');
  if (running === undefined) return [];
  const where = running.environment === undefined ? {} : { environment: running.environment };
  return now.activities
    .filter(({ id, text }) => text !== '' && before?.activities.find((other) => other.id === id)?.text !== text)
    .map(({ text }) => ({ kind: 'progress', at: now.at, phase: running.phase, ...where, text }));
}
