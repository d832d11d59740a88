import { getClient } from '@temporalio/activity';
import { MESSAGE } from '../../model/messages';
import type { ReleaseReport } from '../../model/report';

/**
 * Between a release and the workflow that reports it: local activities of the orchestrator, since each then costs the
 * release one event. Whether anybody reports is what this worker was told when it was started.
 */
export function createReportingActivities({ reports }: { reports: boolean }) {
  return {
    isReported: (): Promise<boolean> => Promise.resolve(reports),

    /** A newer report stands for every one before it, so that a repeated one changes nothing. */
    async tellReporter({ reporter, report }: { reporter: string; report: ReleaseReport }): Promise<void> {
      await getClient().workflow.getHandle(reporter).signal<[ReleaseReport]>(MESSAGE.report, report);
    },
  };
}

export type ReportingActivities = ReturnType<typeof createReportingActivities>;
