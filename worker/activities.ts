import path from 'node:path';
import type { AwsClients } from '../activities/aws/clients';
import { createEcsActivities } from '../activities/ecs/activities';
import type { Checkout } from '../activities/gates/workspace';
import { createGateActivities } from '../activities/gates/activities';
import { createHealthActivities } from '../activities/health/activities';
import { createImageActivities } from '../activities/image/activities';
import { createSourceActivities, typedSourceError } from '../activities/source/activities';
import type { Source } from '../activities/source/source';
import { createSource } from '../activities/source/source';
import { SourceError } from '../activities/source/source-error';
import { createTurnActivities } from '../activities/turns/activities';
import type { TaskQueue } from '../model/queues';

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
}

/** The activities of each task queue: a worker registers no more than its role needs. */
export function createActivities(deps: ActivityDependencies): (queue: TaskQueue) => object {
  const { clients, guard, packageRoot, workDir, logDir } = deps;
  const source = createSource({ workDir: path.join(workDir, 'source'), guard, gitTimeoutMs: GIT_TIMEOUT_MS });
  const checkout = checkoutFrom(source);
  const secretlint = [process.execPath, path.join(packageRoot, 'activities', 'gates', 'secretlint-scan.mjs')];
  const turns = createTurnActivities();
  const ecs = createEcsActivities({ clients });

  return (queue) => {
    switch (queue) {
      case 'orchestrator':
        return { ...turns, ...createSourceActivities({ source }) };
      case 'watches':
        return turns;
      case 'gates':
        return createGateActivities({ workDir: path.join(workDir, 'gates'), logDir, guard, checkout, secretlint });
      case 'images':
        return createImageActivities({ clients, workDir: path.join(workDir, 'images'), logDir, guard, checkout });
      case 'deployer':
        return ecs;
      case 'waits':
        return { ...ecs, ...createHealthActivities({ clients, guard }) };
    }
  };
}

function checkoutFrom(source: Source): Checkout {
  return async ({ repository, commit, directory }, signal) => {
    try {
      return (await source.checkout(repository, commit, directory, signal)).treeHash;
    } catch (error) {
      throw error instanceof SourceError ? typedSourceError(error) : error;
    }
  };
}
