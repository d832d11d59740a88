import { ApplicationFailure, log, setHandler } from '@temporalio/workflow';
import type { EnvironmentData } from '../model/environment-data';
import { holdBy, resolve, resume, whyNoHold, whyNoResolve, whyNoResume } from '../model/environment-hold';
import { breakGlass, enqueue, standingOf, whyNoBreakGlass, withdraw } from '../model/environment-queue';
import { environmentState } from '../model/environment-state';
import type { AskedAt, EnvironmentState, Hold, Resolve, Resume } from '../model/messages';
import type { Line } from './environment-line';
import { look } from './environment-look';
import {
  breakGlassUpdate,
  enqueueUpdate,
  environmentStateQuery,
  holdSignal,
  holdUpdate,
  lookUpdate,
  resolveSignal,
  resolveUpdate,
  resumeSignal,
  resumeUpdate,
  standingQuery,
  withdrawUpdate,
} from './messages';

/** All but `look` are synchronous: they write down what was said, and the loop acts on it. */
export function registerHandlers(line: Line): void {
  registerAsking(line);
  registerSteering(line);
  let looking: Promise<void> | undefined;
  setHandler(
    lookUpdate,
    async () => {
      // Those who ask together look together.
      looking ??= look(line).finally(() => (looking = undefined));
      await looking;
      return stateOf(line);
    },
    { description: 'Look at what runs now; answers the state with `seen`' },
  );
}

/** What releases say. */
function registerAsking(line: Line): void {
  setHandler(
    enqueueUpdate,
    (request) => {
      line.change(enqueue(line.data, request, Date.now()));
      return standingOf(line.data, request.requestId, Date.now());
    },
    { description: 'A release asks for its turn; safe to repeat' },
  );
  setHandler(
    withdrawUpdate,
    ({ requestId }) => {
      const { data, answer } = withdraw(line.data, requestId);
      line.change(data);
      return answer;
    },
    { description: 'A release gives up its place: { "requestId": … }' },
  );
  setHandler(standingQuery, ({ requestId, ...asked }) => standingOf(line.data, requestId, clock(asked)), {
    description: 'Where a request stands: { "requestId": … }',
  });
  setHandler(environmentStateQuery, (asked) => stateOf(line, asked), {
    description: 'Line, deployment in flight, hold, freeze, last outcomes',
  });
}

/** What people say: by signal from the Temporal UI, where it is ignored when it cannot be; by update, which says why. */
function registerSteering(line: Line): void {
  const steered = <Asked>(
    whyNot: (data: EnvironmentData, asked: unknown, now: number) => string | undefined,
    apply: (data: EnvironmentData, asked: Asked, now: number) => EnvironmentData,
  ) => ({
    signal: (asked: Asked): void => {
      const refusal = whyNot(line.data, asked, Date.now());
      if (refusal === undefined) line.change(apply(line.data, asked, Date.now()));
      else log.warn('ignored', { reason: refusal });
    },
    update: (asked: Asked): EnvironmentState => {
      line.change(apply(line.data, asked, Date.now()));
      return stateOf(line);
    },
    validator: (asked: Asked): void => {
      const refusal = whyNot(line.data, asked, Date.now());
      if (refusal !== undefined) throw ApplicationFailure.nonRetryable(refusal, 'NotNow');
    },
  });

  const hold = steered<Hold>(whyNoHold, holdBy);
  const holds = 'Stop the line; what is in flight finishes: { "by": "you@example.com", "reason": "why" }';
  setHandler(holdSignal, hold.signal, { description: holds });
  setHandler(holdUpdate, hold.update, { description: `${holds}; answers the state`, validator: hold.validator });

  const resumed = steered<Resume>(whyNoResume, resume);
  const resumes = 'Let the line go on after a hold of a person or after a rollback: { "by": "you@example.com" }';
  setHandler(resumeSignal, resumed.signal, { description: resumes });
  setHandler(resumeUpdate, resumed.update, {
    description: `${resumes}; answers the state`,
    validator: resumed.validator,
  });

  const resolved = steered<Resolve>(whyNoResolve, resolve);
  const resolves = 'What was left in doubt was looked after: { "by": "you@example.com", "reason": "what was done" }';
  setHandler(resolveSignal, resolved.signal, { description: resolves });
  setHandler(resolveUpdate, resolved.update, {
    description: `${resolves}; answers the state`,
    validator: resolved.validator,
  });

  const opened = steered(whyNoBreakGlass, breakGlass);
  setHandler(breakGlassUpdate, opened.update, {
    description:
      'Let one waiting request pass hold and freeze; recorded: { "requestId": …, "by": "you@example.com", "reason": "why" }',
    validator: opened.validator,
  });
}

function stateOf(line: Line, asked?: AskedAt): EnvironmentState {
  return environmentState(line.data, line, clock(asked));
}

/** A query does not move the workflow's clock. */
function clock(asked?: AskedAt): number {
  return Math.max(Date.now(), typeof asked?.now === 'number' ? asked.now : 0);
}
