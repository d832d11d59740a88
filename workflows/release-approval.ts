import { condition } from '@temporalio/workflow';
import type { ApprovalState } from '../model/approval';
import { approvers, judgeApproval } from '../model/approval';
import type { ApprovalRule, EnvironmentSpec } from '../model/plan';
import { ecs } from './activities';
import type { Journey, TripEnd } from './journey';
import { abortWords } from './journey';
import { targetsOf } from './targets';

/** Shows people what would change and waits for their decision; answers what they agreed to, or the end of the trip. */
export async function waitForApproval(
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
