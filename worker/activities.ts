import path from 'node:path';
import { createApprovalActivities } from '../activities/approvals/activities';
import type { AwsClients } from '../activities/aws/clients';
import { createRights } from '../activities/aws/rights';
import { createEcsActivities } from '../activities/ecs/activities';
import type { Checkout, History } from '../activities/gates/workspace';
import { createGateActivities } from '../activities/gates/activities';
import { createSecrets } from '../activities/gates/secrets';
import { createHealthActivities } from '../activities/health/activities';
import { createImageActivities } from '../activities/image/activities';
import { createSourceActivities } from '../activities/source/activities';
import type { Source } from '../activities/source/source';
import { createSource } from '../activities/source/source';
import { typed } from '../activities/source/typed';
import { createNotifyActivities } from '../activities/notify/activities';
import { createReportingActivities } from '../activities/notify/reporting';
import { createTurnActivities } from '../activities/turns/activities';
import { createAuthority } from '../activities/ecs/authority/authority';
import type { Policy } from '../model/policy/policy';
import type { TaskQueue } from '../model/queues';
import type { GitHubReports } from './github';
import { githubOf } from './github';

/** One Git command; the first fetch of a large repository is one. */
const GIT_TIMEOUT_MS = 10 * 60_000;

export interface ActivityDependencies {
  clients: AwsClients;
  /** How bin/guard.mjs is run. */
  guard: readonly string[];
  /** The folder of this package: scanners run from here, never from a checkout. */
  packageRoot: string;
  /** Mirrors, checkouts and scratch files. */
  workDir: string;
  /** Whole outputs of gates and builds. */
  logDir: string;
  /** The word of whoever runs this worker; every role reads it for itself. */
  policy?: Policy | undefined;
  /** Lines for the worker's log; default: the log of the activity that has something to say. */
  warn?: (text: string) => void;
  /** Absent: nobody is told of releases. */
  reports?: GitHubReports | undefined;
}

/** The activities of each task queue: a worker registers no more than its role needs. */
export function createActivities(deps: ActivityDependencies): (queue: TaskQueue) => object | undefined {
  const { clients, guard, packageRoot, workDir, logDir, policy, reports, warn } = deps;
  const source = createSource({ workDir: path.join(workDir, 'source'), guard, gitTimeoutMs: GIT_TIMEOUT_MS });
  const checkout = checkoutFrom(source);
  const secretlint = [process.execPath, path.join(packageRoot, 'activities', 'gates', 'secretlint-scan.mjs')];
  const turns = createTurnActivities();
  const authority = createAuthority({ clients, rights: createRights(clients), source, policy, ...(warn && { warn }) });
  const ecs = createEcsActivities({ clients, authority });
  const { clientsOf } = authority;

  return (queue) => {
    switch (queue) {
      case 'orchestrator':
        return {
          ...turns,
          ...createSourceActivities({ source, policy }),
          ...createApprovalActivities({ source, policy }),
          ...createReportingActivities({ reports: reports !== undefined }),
        };
      case 'watches':
        return turns;
      case 'gates':
        return createGateActivities({
          workDir: path.join(workDir, 'gates'),
          ...{ logDir, guard, checkout, secretlint },
          history: historyFrom(source),
          secrets: createSecrets(process.env, policy),
          ...(policy?.tools && { tools: policy.tools }),
        });
      case 'images':
        return createImageActivities({
          clients,
          policy,
          workDir: path.join(workDir, 'images'),
          logDir,
          guard,
          checkout,
        });
      case 'deployer':
        return ecs;
      case 'waits':
        return { ...ecs, ...createHealthActivities({ clientsOf, guard }) };
      case 'notify':
        return (
          reports?.app && createNotifyActivities({ ...reports, github: githubOf(reports.app, reports.apiUrl), policy })
        );
    }
  };
}

function historyFrom(source: Source): History {
  return ({ repository, commit, directory }, signal) =>
    typed(() => source.history(repository, commit, directory, signal));
}

function checkoutFrom(source: Source): Checkout {
  return ({ repository, commit, directory }, signal) =>
    typed(async () => (await source.checkout(repository, commit, directory, signal)).treeHash);
}
