import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { releaseId } from '../../model/ids';
import type { ReleaseStatus } from '../../model/messages';
import type { ReleaseOutcome } from '../../model/outcome';
import type { ReleaseRequest } from '../../model/plan';
import { TASK_QUEUES } from '../../model/queues';
import type { FakeActivities } from './fake-activities';
import { fakeActivities } from './fake-activities';
import { releaseRequest } from './requests';

let requests = 0;

/** A request of a project and a commit of its own, so that no test meets another's environment. */
export function freshRequest(more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  requests += 1;
  const commit = requests.toString(16).padStart(40, 'c');
  return releaseRequest({ project: `shop-${requests}`, commit, askAgainMs: 500, ...more });
}

/** Another commit of the same project. */
export function anotherCommit(request: ReleaseRequest): ReleaseRequest {
  return { ...freshRequest(), project: request.project };
}

export function startRelease(client: Client, request: ReleaseRequest): Promise<WorkflowHandle> {
  return client.workflow.start('release', {
    workflowId: releaseId(request.purpose, request.project, request.commit),
    taskQueue: TASK_QUEUES.orchestrator,
    args: [request],
  });
}

export async function outcomeOf(handle: Pick<WorkflowHandle, 'result'>): Promise<ReleaseOutcome> {
  try {
    return (await handle.result()) as ReleaseOutcome;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      return error.cause.details?.[0] as ReleaseOutcome;
    }
    throw error;
  }
}

export function statusOf(handle: WorkflowHandle): Promise<ReleaseStatus> {
  return handle.query<ReleaseStatus>('status');
}

/** One set of workers can serve a whole test file: each test brings a world of its own. */
export function changingWorld(): { now: FakeActivities; renew: () => void; activities: () => object } {
  const world = {
    now: fakeActivities(),
    renew: () => {
      world.now = fakeActivities();
    },
    activities: () =>
      Object.fromEntries(
        Object.keys(world.now.activities()).map((name) => [
          name,
          (...args: unknown[]): unknown =>
            (world.now.activities() as Record<string, (...given: unknown[]) => unknown>)[name]?.(...args),
        ]),
      ),
  };
  return world;
}
