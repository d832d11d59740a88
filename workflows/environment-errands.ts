import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
} from '@temporalio/workflow';
import { shortCommit } from '../model/commit';
import type { Errand } from '../model/environment-data';
import { withoutErrand } from '../model/environment-data';
import { comparisons, supersede } from '../model/environment-policy';
import type { DeploymentOutcome } from '../model/messages';
import { announcements, comparing } from './activities';
import type { Line } from './environment-line';
import { readFailure } from './failure';
import { deploymentEndedSignal } from './messages';

/**
 * Runs the environment's errands one after the other, beside its line: nothing waits for them, and what cannot be done is
 * left with a line in the log. Each is safe to repeat: one that `stop` interrupts stays, for the next run.
 */
export function startErrands(line: Line): { stop: () => Promise<void> } {
  const scope = new CancellationScope();
  const running = scope.run(async () => {
    for (;;) {
      await condition(() => line.data.errands.length > 0 && !line.data.unsearched);
      const [errand] = line.data.errands;
      if (!errand) continue;
      try {
        await run(line, errand);
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('left undone', { errand: errand.kind, reason: readFailure(error).message });
      }
      line.change(withoutErrand(line.data, errand));
    }
  });
  const stopped = running.catch((error: unknown) => {
    // Anything else is a bug of ours: it fails the workflow task, which is retried with mended code.
    if (!isCancellation(error)) throw error;
  });
  return {
    async stop() {
      scope.cancel();
      await stopped;
    },
  };
}

async function run(line: Line, errand: Errand): Promise<void> {
  switch (errand.kind) {
    case 'compare':
      return compare(line, errand.requestId);
    case 'announce': {
      const { news } = errand;
      const summary = `tell those who wait for approval of ${shortCommit(news.commit)}`;
      await announcements.announceNewerCommit.executeWithOptions({ summary }, [{ project: line.project, news }]);
      return;
    }
    case 'tell':
      return tell(errand.releaseId, errand.outcome);
  }
}

/** Each answer counts at once: the line may have moved on before the next. */
async function compare(line: Line, requestId: string): Promise<void> {
  for (const { older, newer } of comparisons(line.data, requestId)) {
    const waits = (id: string): boolean => line.data.queue.some((request) => request.requestId === id);
    if (!waits(older.requestId) || !waits(newer.requestId)) continue;
    const answer = await comparing.compareCommits.executeWithOptions(
      { summary: `is ${shortCommit(newer.commit)} newer than ${shortCommit(older.commit)}?` },
      [{ repository: older.repository, commit: older.commit, running: newer.commit }],
    );
    if (answer.newer) line.change(supersede(line.data, older.requestId, newer.requestId, Date.now()));
  }
}

async function tell(releaseId: string, outcome: DeploymentOutcome): Promise<void> {
  try {
    await getExternalWorkflowHandle(releaseId).signal(deploymentEndedSignal, outcome);
  } catch (error) {
    // Uncaught, a release that is gone would fail its environment and lose the whole line.
    if (isCancellation(error) || !(error instanceof ApplicationFailure)) throw error;
  }
}
