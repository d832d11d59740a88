import path from 'node:path';
import { createAwsClients } from '../activities/aws/clients';
import type { Policy } from '../model/policy/policy';
import type { TaskQueue } from '../model/queues';
import { createActivities } from '../worker/activities';
import type { GitHubReports } from '../worker/github';
import { GUARD, PACKAGE_ROOT } from './root';

/** The real activities, keeping everything that they write below one folder of this machine. */
export function activitiesOn(
  stateDir: string,
  policy?: Policy,
  reports?: GitHubReports,
): (queue: TaskQueue) => object | undefined {
  return createActivities({
    clients: createAwsClients(),
    guard: GUARD,
    packageRoot: PACKAGE_ROOT,
    workDir: path.join(stateDir, 'work'),
    logDir: path.join(stateDir, 'logs'),
    policy,
    reports,
  });
}
