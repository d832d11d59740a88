import type { Client, ScheduleOptions } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { rehearsalId } from '../model/ids';
import type { RollbackRequest } from '../model/rollback';
import { bounded } from './calls';
import { usageError } from './errors';
import { rehearsalOf } from './start-rollback';

/** When a rehearsal is due: every so many milliseconds, or by a cron line in UTC. */
export type RehearsalTimes = { everyMs: number } | { cron: string };

export interface ScheduledRehearsal {
  scheduleId: string;
  /** Milliseconds since the epoch. */
  next?: number;
}

/** Has the environment's rollback rehearsed from now on at these times; replaces the times of an earlier call. */
export async function scheduleRehearsal(
  client: Client,
  request: RollbackRequest,
  times: RehearsalTimes,
): Promise<ScheduledRehearsal> {
  const scheduleId = rehearsalId(request.project, request.environment);
  const options: ScheduleOptions = {
    scheduleId,
    spec: 'cron' in times ? { cronExpressions: [times.cron] } : { intervals: [{ every: times.everyMs }] },
    action: { type: 'startWorkflow', ...rehearsalOf(request) },
    policies: { overlap: 'SKIP' },
  };
  return bounded(client, async () => {
    const { action, spec, policies } = options;
    const handle = client.schedule.getHandle(scheduleId);
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await handle.update((before) => ({ ...before, action, spec, ...(policies && { policies }) }));
    }
    const [next] = (await handle.describe()).info.nextActionTimes;
    return { scheduleId, ...(next && { next: next.getTime() }) };
  });
}

/** Throws a ClientError (exit 2) where there is no such schedule. */
export async function unscheduleRehearsal(client: Client, project: string, environment: string): Promise<string> {
  const scheduleId = rehearsalId(project, environment);
  return bounded(client, async () => {
    try {
      await client.schedule.getHandle(scheduleId).delete();
      return scheduleId;
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw usageError(`No rehearsal of ${environment} of ${project} is scheduled.`, error);
    }
  });
}
