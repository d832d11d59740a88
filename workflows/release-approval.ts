import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { signed } from '../model/approval/decision';
import type { ApprovalVerdict } from '../model/approval/judge';
import { judgeApproval } from '../model/approval/judge';
import { pictureMarkdown } from '../model/approval/picture';
import type { ApprovalRound, AskedRound } from '../model/approval/view';
import { waitingView } from '../model/approval/view';
import { outcomeOfDeployment } from '../model/failure-outcome';
import { canonicalJson } from '../model/json';
import type { ApprovalRule, EnvironmentSpec } from '../model/plan';
import { readNews, verifyDecisions } from './approval-decisions';
import { lookAtChange } from './approval-look';
import { readFailure } from './failure';
import type { Journey, TripEnd } from './journey';
import { abortWords } from './journey';
import type { OpenPhase } from './phases';

/** Shows people what would change and waits for their decision; answers what they agreed to, or the end of the trip. */
export async function waitForApproval(
  journey: Journey,
  environment: EnvironmentSpec,
  rule: ApprovalRule,
  id: string,
): Promise<TripEnd | { fingerprints: Record<string, string> }> {
  const { phases, request } = journey;
  const { name } = environment;
  const phase = phases.begin('approval', 'working out what would change', name);
  const round: ApprovalRound = { requestId: id, environment: name, decisions: [], newer: [], news: 0 };
  journey.approval = round;
  try {
    const look = async (): Promise<TripEnd | Omit<AskedRound, 'expiresAt'>> => {
      const found = await lookAtChange(journey, environment, rule, id);
      if ('superseded' in found) return { outcome: 'superseded', cause: found.superseded };
      const { authors, ...shown } = found;
      return { question: { environment: name, rule, actor: request.actor, authors }, ...shown };
    };
    const first = await look();
    if ('outcome' in first) return failed(phase, first);
    round.asked = { ...first, expiresAt: Date.now() + rule.expiresMs };
    const end = await decided({ journey, round, asked: round.asked, phase, look });
    if (end.outcome !== undefined) return failed(phase, end);
    phase.done(end.said);
    return { fingerprints: round.asked.fingerprints };
  } catch (error) {
    const { type, message } = readFailure(error);
    const cause = `what would change in ${name} could not be worked out: ${message}`;
    return failed(phase, { outcome: outcomeOfDeployment(type), cause });
  } finally {
    phases.below(undefined);
    delete journey.approval;
  }
}

function failed(phase: OpenPhase, end: TripEnd): TripEnd {
  phase.fail(end.cause);
  return end;
}

type Decided = (TripEnd & { outcome: TripEnd['outcome'] }) | { outcome?: undefined; said: string };

interface Waiting {
  journey: Journey;
  round: ApprovalRound;
  /** What people are asked now: the round's, changed in place when it is asked again. */
  asked: AskedRound;
  phase: OpenPhase;
  /** Looks once more at what would change. */
  look: () => Promise<TripEnd | Omit<AskedRound, 'expiresAt'>>;
}

/** One timer for the whole wait: whatever is said meanwhile costs no other. */
async function decided(waiting: Waiting): Promise<Decided> {
  const { journey, round, asked } = waiting;
  const clock = new CancellationScope();
  const time = { over: false };
  const ticking = clock
    .run(() =>
      sleep(Math.max(1, asked.expiresAt - Date.now()), { summary: `approval of ${round.environment} expires` }),
    )
    .then(
      () => void (time.over = true),
      (error: unknown) => {
        if (!isCancellation(error)) throw error;
      },
    );
  try {
    for (;;) {
      const seen = round.news;
      const end = await looked(waiting);
      if (end) return end;
      if (time.over) return timeIsOver(round, asked);
      show(waiting);
      await condition(() => round.news > seen || time.over || journey.abort !== undefined);
    }
  } finally {
    clock.cancel();
    await ticking;
  }
}

/** What has been said so far comes to an end, or to nothing yet. */
async function looked(waiting: Waiting): Promise<Decided | undefined> {
  const { journey, round, asked } = waiting;
  const { environment } = round;
  const aborted = (): Decided | undefined =>
    journey.abort && {
      outcome: 'aborted',
      cause: abortWords(journey.abort, `waiting for approval of ${environment}`),
    };
  if (journey.abort) return aborted();
  const { superseded, moved } = await readNews(journey, round);
  if (superseded !== undefined) return { outcome: 'superseded', cause: superseded };
  if (moved) {
    const end = await lookAgain(waiting);
    if (end) return end;
  }
  await verifyDecisions(journey, round);
  return aborted() ?? endOf(judgeApproval(asked.question, round.decisions), environment);
}

/** What was said about something else is void, and people are asked again; until the same time as before. */
async function lookAgain({ round, asked, look }: Waiting): Promise<TripEnd | undefined> {
  let now: Awaited<ReturnType<typeof look>>;
  try {
    now = await look();
  } catch (error) {
    // Not a reason to end what may wait for days: the turn looks again, and gives up what is stale.
    readFailure(error);
    return undefined;
  }
  if ('outcome' in now) return now;
  const isSame = canonicalJson(now.fingerprints) === canonicalJson(asked.fingerprints);
  Object.assign(asked, now);
  if (isSame) return undefined;
  const times = (asked.again ?? 0) + 1;
  Object.assign(asked, { again: times });
  round.requestId = `${round.requestId.replace(/#\d+$/, '')}#${times}`;
  round.decisions = [];
  return undefined;
}

function endOf(verdict: ApprovalVerdict, environment: string): Decided | undefined {
  switch (verdict.kind) {
    case 'waiting':
      return undefined;
    case 'approved':
      return { said: `approved by ${verdict.approved.map(signed).join(', ')}` };
    case 'rejected':
    case 'impossible':
      return { outcome: 'not-approved', cause: `${environment}: ${verdict.cause}` };
  }
}

function timeIsOver({ environment, decisions }: ApprovalRound, { question, expiresAt }: AskedRound): TripEnd {
  const verdict = judgeApproval(question, decisions);
  const missing = verdict.kind === 'waiting' ? `; missing: ${verdict.missing.join(', ')}` : '';
  const cause = `${environment}: approval expired at ${new Date(expiresAt).toISOString()}${missing}`;
  return { outcome: question.rule.whenExpired ?? 'not-approved', cause };
}

function show({ journey, round, asked, phase }: Waiting): void {
  const waiting = waitingView(round);
  if (waiting === undefined) return;
  journey.phases.below(pictureMarkdown(waiting));
  const again = asked.again === undefined ? '' : ' (asked again: what would change has changed)';
  phase.say(
    `waiting until ${new Date(asked.expiresAt).toISOString()} for ${(waiting.missing ?? []).join(', ')}${again}`,
  );
}
