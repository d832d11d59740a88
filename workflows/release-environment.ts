import { condition, workflowInfo } from '@temporalio/workflow';
import type {
  Abort,
  DeploymentOutcome,
  DeploymentRequest,
  RequestStanding,
  WaitingForApproval,
} from '../model/messages';
import type { ApprovalState } from '../model/approval';
import { approvers, judgeApproval } from '../model/approval';
import { shortCommit } from '../model/commit';
import { deploymentId, environmentId, requestId } from '../model/ids';
import type { ApprovalRule, EnvironmentSpec, Plan, ReleaseRequest } from '../model/plan';
import type { ReleasedImage } from '../model/image';
import { ecs, turns } from './activities';
import type { OpenPhase, Phases } from './phases';
import { targetsOf } from './targets';

/** A lost queue heals within this; doubling up to the longest, so that a wait of days costs few questions. */
const ASK_AGAIN_MS = 60_000;
const ASK_AGAIN_AT_MOST_MS = 6 * 3_600_000;
/** How soon an abort that found nothing to stop is passed on again. */
const ABORT_AGAIN_MS = 2_000;

/** What a release keeps while it travels; its handlers write `approval`, `abort` and `ended`. */
export interface Journey {
  request: ReleaseRequest;
  plan: Plan;
  image: ReleasedImage;
  phases: Phases;
  approval?: ApprovalState;
  waiting?: WaitingForApproval;
  abort?: Abort;
  /** The request whose turn is waited for or taken. */
  asked?: AskedTurn;
  ended?: DeploymentOutcome;
}

export interface AskedTurn {
  requestId: string;
  environment: string;
  phase: OpenPhase;
  /** Set when the environment has offered the turn and we have taken it: from here on it is aborted, not withdrawn. */
  turnTaken: boolean;
}

export type TripEnd = Pick<DeploymentOutcome, 'cause'> & {
  outcome: Exclude<DeploymentOutcome['outcome'], 'approval-stale'> | 'not-approved';
};

/** One environment: approval where the plan asks for it, the turn, and the deployment's own end. */
export async function releaseTo(journey: Journey, environment: EnvironmentSpec): Promise<TripEnd> {
  const firstRun = workflowInfo().firstExecutionRunId;
  for (let attempt = 0; ; attempt += 1) {
    // A new request for each approval: the one given up has an outcome, and is never granted again.
    const id = requestId(firstRun, environment.name) + (attempt === 0 ? '' : `/${attempt}`);
    let approved: DeploymentRequest['approved'];
    if (environment.approval) {
      const decision = await waitForApproval(journey, environment, environment.approval, id);
      if ('outcome' in decision) return decision;
      approved = decision;
    }
    const ended = await takeTurn(journey, environment, id, approved);
    if (ended.outcome === 'approval-stale') continue;
    return { outcome: ended.outcome, cause: ended.cause };
  }
}

async function waitForApproval(
  journey: Journey,
  environment: EnvironmentSpec,
  rule: ApprovalRule,
  id: string,
): Promise<TripEnd | { fingerprints: Record<string, string> }> {
  const { image, plan, phases } = journey;
  const phase = phases.begin('approval', 'working out what would change', environment.name);
  const fingerprints: Record<string, string> = {};
  const changes: string[] = [];
  for (const target of targetsOf(environment, plan.project, id)) {
    const { service } = target;
    const found = await ecs.captureBaseline.executeWithOptions({ summary: `what does ${service.service} run?` }, [
      { target },
    ]);
    if (found.kind !== 'baseline') {
      // Whatever is approved now is asked again at the turn, when the service has come to rest.
      changes.push(`${service.service}: an earlier deployment is unfinished; it is settled first`);
      continue;
    }
    const preview = await ecs.previewRevision.executeWithOptions({ summary: `what would ${service.service} become?` }, [
      { target, baseline: found.baseline, imageReference: image.reference, commit: plan.commit },
    ]);
    fingerprints[service.service] = preview.fingerprint;
    changes.push(...preview.changes.map((change) => `${service.service}: ${change}`));
  }

  const state: ApprovalState = { approvals: [] };
  journey.approval = state;
  const expiresAt = Date.now() + rule.expiresMs;
  const showWaiting = (): void => {
    journey.waiting = {
      environment: environment.name,
      minimum: rule.minimum,
      approvedBy: approvers(state),
      expiresAt,
      changes,
    };
    phase.say(
      `waiting for ${rule.minimum - approvers(state).length} approval(s) until ${new Date(expiresAt).toISOString()}`,
    );
  };
  try {
    for (;;) {
      const verdict = judgeApproval(rule, state);
      if (verdict.kind === 'approved') {
        phase.done(`approved by ${verdict.by.join(', ')}`);
        return { fingerprints };
      }
      if (verdict.kind === 'rejected') {
        phase.fail(verdict.cause);
        return { outcome: 'not-approved', cause: `${environment.name}: ${verdict.cause}` };
      }
      if (journey.abort) {
        phase.fail(`aborted by ${journey.abort.by}`);
        return { outcome: 'aborted', cause: abortWords(journey.abort, `waiting for approval of ${environment.name}`) };
      }
      showWaiting();
      const seen = state.approvals.length;
      const answered = await condition(
        () => state.approvals.length > seen || state.rejection !== undefined || journey.abort !== undefined,
        Math.max(1, expiresAt - Date.now()),
        { summary: `approval of ${environment.name}` },
      );
      if (!answered) {
        phase.fail('expired');
        return {
          outcome: 'not-approved',
          cause: `${environment.name}: nobody decided until ${new Date(expiresAt).toISOString()}`,
        };
      }
    }
  } finally {
    delete journey.waiting;
    delete journey.approval;
  }
}

/** Asks for the turn and waits for the deployment's end; asks again and again, since asking is harmless and heals. */
async function takeTurn(
  journey: Journey,
  environment: EnvironmentSpec,
  id: string,
  approved: DeploymentRequest['approved'],
): Promise<DeploymentOutcome> {
  const { plan, request, image, phases } = journey;
  delete journey.ended;
  const deploymentRequest: DeploymentRequest = {
    requestId: id,
    releaseId: workflowInfo().workflowId,
    project: plan.project,
    repository: plan.repository,
    commit: plan.commit,
    actor: request.actor,
    planHash: plan.hash,
    environment,
    imageReference: image.reference,
    imageDigest: image.digest,
    ...(approved && { approved }),
    ...(request.allowOlder !== undefined && { allowOlder: request.allowOlder }),
    ...(request.embedded && { embedded: { requireCircuitBreaker: request.embedded.requireCircuitBreaker } }),
  };

  const phase = phases.begin('turn', 'asking for a turn', environment.name);
  const asked: AskedTurn = { requestId: id, environment: environment.name, phase, turnTaken: false };
  journey.asked = asked;
  let pause = request.askAgainMs ?? ASK_AGAIN_MS;
  for (;;) {
    const standing = await turns.askForTurn.executeWithOptions({ summary: `turn in ${environment.name}` }, [
      deploymentRequest,
    ]);
    if (standing.kind === 'ended') journey.ended ??= standing.outcome;
    if (standing.kind !== 'ended' && !asked.turnTaken) phase.say(inWords(standing));
    await condition(() => journey.ended !== undefined || journey.abort !== undefined, pause, {
      summary: `deployment of ${shortCommit(plan.commit)} to ${environment.name}`,
    });
    pause = Math.min(pause * 2, ASK_AGAIN_AT_MOST_MS);
    if (!journey.ended && journey.abort) await giveUp(journey, deploymentRequest, journey.abort);
    // Set by a handler or by giveUp, which the compiler cannot see.
    const { ended } = journey;
    if (!ended) continue;
    delete journey.asked;
    if (!asked.turnTaken) phase.fail(ended.cause);
    return ended;
  }
}

function inWords(standing: RequestStanding): string {
  switch (standing.kind) {
    case 'queued':
      return `position ${standing.position}: ${standing.reason}`;
    case 'current':
      return 'being deployed';
    case 'ended':
    case 'unknown':
      return 'asking for a turn';
  }
}

/** Withdraws, or passes the abort on to the deployment in flight until it has ended. */
async function giveUp(journey: Journey, request: DeploymentRequest, abort: Abort): Promise<void> {
  const environment = request.environment.name;
  for (let pause = ABORT_AGAIN_MS; ; pause = Math.min(pause * 2, ASK_AGAIN_MS)) {
    const { result } = await turns.withdrawRequest({
      environmentId: environmentId(request.project, environment),
      requestId: request.requestId,
    });
    if (journey.ended) return;
    if (result === 'removed' || (result === 'unknown' && !journey.asked?.turnTaken)) {
      journey.ended = {
        requestId: request.requestId,
        environment,
        commit: request.commit,
        outcome: 'aborted',
        cause: abortWords(abort, `waiting for its turn in ${environment}`),
      };
      return;
    }
    await turns.abortDeployment({
      deploymentId: deploymentId(request.project, environment),
      abort: { ...abort, requestId: request.requestId },
    });
    // The deployment may not have started yet, and a rollback takes its time: it says itself when it has ended.
    if (await condition(() => journey.ended !== undefined, pause)) return;
    const standing = await turns.askForTurn(request);
    if (standing.kind === 'ended') {
      journey.ended = standing.outcome;
      return;
    }
  }
}

function abortWords(abort: Abort, doing: string): string {
  return `aborted by ${abort.by} while ${doing}${abort.reason === undefined ? '' : `: ${abort.reason}`}`;
}
