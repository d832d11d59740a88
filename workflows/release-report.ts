import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  log,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import { reporterId, requestId } from '../model/ids';
import type { PhaseStatus } from '../model/messages';
import type { EnvironmentOutcome, ReleaseOutcome } from '../model/outcome';
import type { ReleaseRequest } from '../model/plan';
import { commitState, deploymentInPhase, deploymentState } from '../model/report';
import type { DeploymentReport, ReleaseReport, ReportSubject } from '../model/report';
import { reporting } from './activities';
import type { report } from './report';

/** What a release says of itself to GitHub. Nothing here throws, and only `ended` takes any time. */
export interface Reports {
  phase(status: PhaseStatus): void;
  environmentEnded(end: EnvironmentOutcome): void;
  /** Returns when the reporter has the last word; what GitHub does with it is the reporter's affair. */
  ended(outcome: ReleaseOutcome): Promise<void>;
}

const NOBODY: Reports = {
  phase: () => undefined,
  environmentEnded: () => undefined,
  ended: () => Promise.resolve(),
};

/**
 * Reports a release that a job of GitHub's asked for, where the workers are told to: whether they are is asked once. A
 * report costs the release one event; making it is another workflow's, see report.ts.
 */
export function openReports(request: ReleaseRequest): Reports {
  const { trigger } = request;
  if (trigger === undefined) return NOBODY;
  const { workflowId, runId, firstExecutionRunId } = workflowInfo();
  const { project, purpose, commit } = request;
  const repository = { id: trigger.repositoryId, name: trigger.repository };
  const subject: ReportSubject = { workflowId, runId, project, purpose, commit, repository };
  const reporter = reporterId(workflowId);
  const known: ReleaseReport = {
    commit: { state: 'pending', description: 'running' },
    deployments: [],
    final: false,
  };

  /** What is under way ends before the next is said: the newest is said last. */
  let saying = quietly(() => open(reporter, subject, known));
  let waiting = false;
  const say = (): void => {
    if (waiting) return;
    waiting = true;
    saying = saying.then(async (listens) => {
      waiting = false;
      // One that was lost is made good by the next, which says everything.
      if (listens) await quietly(() => reporting.tellReporter({ reporter, report: known }).then(() => true));
      return listens;
    });
  };
  const deploymentTo = (environment: string, news: Pick<DeploymentReport, 'state' | 'description'>): void => {
    const own = known.deployments.find((one) => one.environment === environment);
    if (own) Object.assign(own, news);
    else known.deployments.push({ environment, requestId: requestId(firstExecutionRunId, environment), ...news });
  };

  return {
    phase({ phase, state, environment }) {
      const news = deploymentInPhase({ phase, state });
      if (news === undefined || environment === undefined) return;
      deploymentTo(environment, news);
      known.commit.description = `${environment}: ${news.description}`;
      say();
    },
    environmentEnded({ environment, outcome, cause }) {
      const { deployments } = known;
      // One that was never reached was never announced.
      if (deployments.some((one) => one.environment === environment))
        deploymentTo(environment, { state: deploymentState(outcome), description: `${outcome}: ${cause}` });
      if (outcome === 'released') say();
    },
    async ended({ outcome, cause }) {
      known.commit = { state: commitState(outcome), description: `${outcome}: ${cause}` };
      known.final = true;
      say();
      await saying;
    },
  };
}

/** Whether anybody listens from now on. A reporter of an earlier run of the same release has nothing to say any more. */
async function open(reporter: string, subject: ReportSubject, first: ReleaseReport): Promise<boolean> {
  if (!(await reporting.isReported())) return false;
  await startChild<typeof report>('report', {
    workflowId: reporter,
    args: [{ subject, report: first }],
    workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
    // Tells it that its release has closed, however that came.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    staticSummary: `tells GitHub of ${subject.project} ${shortCommit(subject.commit)}`,
  });
  return true;
}

async function quietly(step: () => Promise<boolean>): Promise<boolean> {
  try {
    return await CancellationScope.nonCancellable(step);
  } catch (error) {
    log.warn('the release goes on without a report', { why: error instanceof Error ? error.message : String(error) });
    return false;
  }
}
