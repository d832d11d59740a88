import { ActivityFailure, CancellationScope, condition, log, setHandler } from '@temporalio/workflow';
import { cutOff } from '../model/report';
import type { CommitReport, DeploymentReport, ReleaseReport, ReportSubject } from '../model/report';
import { notify, notifyFinal } from './activities';
import { reportSignal } from './messages';

export interface ReportInput {
  subject: ReportSubject;
  report: ReleaseReport;
}

/** One thing that GitHub has not been told yet. */
type News = { deployment: DeploymentReport } | { commit: CommitReport };

/**
 * Tells GitHub how a release goes, apart from it: whatever GitHub does, no release fails or waits for it.
 *
 * One report after the other, always the newest, so that none overwrites a newer one; what cannot be said is logged and
 * left out. Completes after the last word. The server cancels it when its release closes: one that did not say its end is
 * said to be cut off.
 */
export async function report({ subject, report: first }: ReportInput): Promise<void> {
  let wanted = first;
  let closed = false;
  setHandler(
    reportSignal,
    (newer) => {
      if (!wanted.final) wanted = newer;
    },
    { description: 'A release says what is to be told of it' },
  );
  CancellationScope.current().cancelRequested.catch(() => (closed = true));

  const said = new Map<string, string>();
  const numbers = new Map<string, number>();
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => closed || wanted.final || newsIn(wanted, said) !== undefined);
      if (closed && !wanted.final) wanted = cutOff(wanted);
      const news = newsIn(wanted, said);
      if (news === undefined) return;
      said.set(keyOf(news), JSON.stringify(news));
      await tell(subject, news, numbers, wanted.final);
    }
  });
}

/** The commit's own status comes last, since it sums up the others. */
function newsIn({ deployments, commit }: ReleaseReport, said: ReadonlyMap<string, string>): News | undefined {
  const all: News[] = [...deployments.map((deployment) => ({ deployment })), { commit }];
  return all.find((news) => said.get(keyOf(news)) !== JSON.stringify(news));
}

function keyOf(news: News): string {
  return 'commit' in news ? 'commit' : `deployment to ${news.deployment.environment}`;
}

async function tell(subject: ReportSubject, news: News, numbers: Map<string, number>, final: boolean): Promise<void> {
  const { setCommitStatus, openGitHubDeployment, setGitHubDeploymentStatus } = final ? notifyFinal : notify;
  try {
    if ('commit' in news) {
      const summary = `commit status ${news.commit.state}`;
      await setCommitStatus.executeWithOptions({ summary }, [{ subject, report: news.commit }]);
      return;
    }
    const { deployment } = news;
    const { environment, state } = deployment;
    const summary = `deployment to ${environment}`;
    const id =
      numbers.get(environment) ??
      (await openGitHubDeployment.executeWithOptions({ summary }, [{ subject, report: deployment }]));
    numbers.set(environment, id);
    await setGitHubDeploymentStatus.executeWithOptions({ summary: `${summary}: ${state}` }, [
      { subject, id, report: deployment },
    ]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('GitHub was not told', {
      release: subject.workflowId,
      what: keyOf(news),
      why: error.cause?.message ?? error.message,
    });
  }
}
