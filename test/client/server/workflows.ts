import {
  ApplicationFailure,
  condition,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { deploymentId, requestId } from '../../../model/ids';
import type {
  DeploymentStatus,
  EnvironmentHold,
  EnvironmentState,
  PhaseStatus,
  ReleaseStatus,
  Resolve,
  Resume,
} from '../../../model/messages';
import type { OutcomeName, ReleaseOutcome } from '../../../model/outcome';
import type { ReleaseRequest } from '../../../model/plan';
import {
  abortDeploymentSignal,
  abortUpdate,
  approveUpdate,
  breakGlassUpdate,
  deploymentStatusQuery,
  environmentStateQuery,
  holdUpdate,
  lookUpdate,
  rejectUpdate,
  resolveUpdate,
  resumeUpdate,
  statusQuery,
} from '../../../workflows/messages';

// The client's counterpart in its tests: as small as can be, and answering as the real workflows do.

const ENVIRONMENT = 'production';

/** Waits for approval, deploys, and is released; or ends as it is told. */
export async function release(request: ReleaseRequest): Promise<ReleaseOutcome> {
  const { project, commit, actor, purpose } = request;
  const approval: PhaseStatus = {
    phase: 'approval',
    environment: ENVIRONMENT,
    state: 'running',
    detail: '',
    startedAt: Date.now(),
  };
  const status: ReleaseStatus = {
    project,
    purpose,
    commit,
    actor,
    requestHash: String(workflowInfo().memo?.['requestHash']),
    phases: [approval],
    gates: [],
    waitingForApproval: { environment: ENVIRONMENT, minimum: 1, approvedBy: [], expiresAt: 0, changes: ['image'] },
  };
  upsertSearchAttributes([{ key: defineSearchAttributeKey('SluicePhase', 'KEYWORD'), value: 'approval' }]);
  let decided: OutcomeName | undefined;
  setHandler(statusQuery, () => status);
  const decide = (outcome: OutcomeName) => () => {
    decided = outcome;
    delete status.waitingForApproval;
    return status;
  };
  const validator = ({ by }: { by: string }): void => {
    if (by === actor) throw new Error(`${by} asked for this release and may not decide on it.`);
  };
  setHandler(approveUpdate, decide('released'), { validator });
  setHandler(rejectUpdate, decide('not-approved'), { validator });
  setHandler(abortUpdate, decide('aborted'));
  await condition(() => decided !== undefined);
  Object.assign(approval, { state: 'done', endedAt: Date.now() });

  const outcome: ReleaseOutcome = {
    outcome: decided ?? 'undetermined',
    cause: 'As it was told.',
    commit,
    environments: [],
  };
  if (decided === 'released') {
    const request = {
      requestId: requestId(workflowInfo().firstExecutionRunId, ENVIRONMENT),
      releaseId: workflowInfo().workflowId,
      commit,
    };
    const workflowId = deploymentId(project, ENVIRONMENT);
    const child = await startChild(deployment, {
      workflowId,
      args: [request],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    status.deploying = { environment: ENVIRONMENT, deploymentId: workflowId, requestId: request.requestId };
    await child.result();
    delete status.deploying;
  }
  status.outcome = outcome;
  upsertSearchAttributes([{ key: defineSearchAttributeKey('SluiceOutcome', 'KEYWORD'), value: outcome.outcome }]);
  if (outcome.outcome === 'released') return outcome;
  throw ApplicationFailure.create({
    type: outcome.outcome,
    message: outcome.cause,
    details: [outcome],
    nonRetryable: true,
  });
}

const { bake } = proxyActivities<{ bake(): Promise<void> }>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 s',
});

/** Lasts as long as its activity, or until it is aborted. */
export async function deployment(request: { requestId: string; releaseId: string; commit: string }): Promise<void> {
  const stable: PhaseStatus = { phase: 'stable', state: 'running', detail: '', startedAt: Date.now() };
  const status: DeploymentStatus = { ...request, environment: ENVIRONMENT, phases: [stable], aborting: false };
  setHandler(deploymentStatusQuery, () => status);
  setHandler(abortDeploymentSignal, ({ requestId: other }) => {
    status.aborting ||= other === request.requestId;
  });
  const baked = bake().then(() => Object.assign(stable, { state: 'done', endedAt: Date.now() }));
  await Promise.race([baked, condition(() => status.aborting)]);
}

/** Stands as it is given, and is held, resumed, resolved and looked at as it is told. */
export async function environment(given: Partial<EnvironmentState>): Promise<void> {
  const state: EnvironmentState = { environment: ENVIRONMENT, queue: [], recent: [], verified: [], ...given };
  setHandler(environmentStateQuery, () => state);
  setHandler(holdUpdate, (hold) => {
    state.hold = { ...hold, since: Date.now(), kind: 'person' };
    return state;
  });
  const end = (kind: EnvironmentHold['kind'], command: string) =>
    [
      (): EnvironmentState => {
        delete state.hold;
        return state;
      },
      {
        validator: ({ by }: Resume | Resolve): void => {
          if (state.hold?.kind !== kind) throw new Error(`There is nothing for ${by} to ${command}.`);
        },
      },
    ] as const;
  setHandler(resumeUpdate, ...end('person', 'resume'));
  setHandler(resolveUpdate, ...end('unclean', 'resolve'));
  setHandler(breakGlassUpdate, ({ by, requestId: passed }) => {
    for (const waiting of state.queue) {
      if (waiting.requestId === passed) waiting.reason = `glass broken by ${by}`;
    }
    return state;
  });
  setHandler(lookUpdate, () => {
    state.seen = { at: Date.now(), services: [] };
    return state;
  });
  await condition(() => false);
}
