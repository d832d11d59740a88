import { activityInfo, ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { Policy } from '../../model/policy/policy';
import type { CommitReport, DeploymentReport, ReportSubject } from '../../model/report';
import { GitHubProblem } from './github-problem';
import type { GitHubStatuses } from './statuses';

export interface NotifyDeps {
  github: GitHubStatuses;
  /** Where there is one, no repository but its own is written to: whoever fills the task queue is believed nothing. */
  policy?: Policy | undefined;
  /** Address of Temporal's UI, without a final slash: statuses then link to the release. */
  uiUrl?: string | undefined;
}

/**
 * What GitHub is told. Each says the same when it is repeated. A failure carries the time that GitHub asked for; what would
 * be refused again is not tried again.
 */
export function createNotifyActivities({ github, policy, uiUrl }: NotifyDeps) {
  const pageOf = ({ workflowId, runId }: ReportSubject): string | undefined =>
    uiUrl === undefined
      ? undefined
      : `${uiUrl}/namespaces/${activityInfo().namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;

  async function told<T>(
    { repository, project }: ReportSubject,
    tell: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = policy?.projects.some((one) => one.project === project && one.repositoryId === repository.id) ?? true;
    if (!known)
      throw ApplicationFailure.nonRetryable(
        `the policy has no project ${project} of the repository ${repository.id}`,
        'PolicyRefused',
      );
    try {
      return await tell(cancellationSignal());
    } catch (error) {
      if (!(error instanceof GitHubProblem)) throw error;
      const { retryAfterMs } = error.trouble;
      throw ApplicationFailure.create({
        message: error.message,
        type: 'GitHub',
        nonRetryable: retryAfterMs === undefined,
        ...(retryAfterMs !== undefined && retryAfterMs > 0 && { nextRetryDelay: retryAfterMs }),
      });
    }
  }

  return {
    setCommitStatus: ({ subject, report }: { subject: ReportSubject; report: CommitReport }): Promise<void> =>
      told(subject, (signal) => github.setCommitStatus(subject, report, pageOf(subject), signal)),

    /** Answers GitHub's number of the deployment; the same for the same request. */
    openGitHubDeployment: ({
      subject,
      report,
    }: {
      subject: ReportSubject;
      report: DeploymentReport;
    }): Promise<number> => told(subject, (signal) => github.openDeployment(subject, report, signal)),

    setGitHubDeploymentStatus: (input: {
      subject: ReportSubject;
      id: number;
      report: DeploymentReport;
    }): Promise<void> =>
      told(input.subject, (signal) =>
        github.setDeploymentStatus(input.subject, input.id, input.report, pageOf(input.subject), signal),
      ),
  };
}

export type NotifyActivities = ReturnType<typeof createNotifyActivities>;
