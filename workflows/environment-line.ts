import { CancellationScope, condition, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { EnvironmentData } from '../model/environment-data';
import { newEnvironment } from '../model/environment-data';
import { environmentTable } from '../model/environment-table';
import { deploymentId } from '../model/ids';

export interface EnvironmentInput {
  project: string;
  name: string;
  /** Carried over continue-as-new. */
  data?: EnvironmentData;
}

/** What the loop, the handlers and the errands of one environment share. */
export interface Line {
  readonly project: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly data: EnvironmentData;
  /** Replaces what is known, and shows it in the Temporal UI. */
  change(next: EnvironmentData): void;
}

export function createLine({ project, name, data: carried }: EnvironmentInput): Line {
  let data = carried ?? newEnvironment();
  setCurrentDetails(environmentTable(data, Date.now()));
  return {
    project,
    name,
    deploymentId: deploymentId(project, name),
    get data() {
      return data;
    },
    change(next) {
      if (next === data) return;
      data = next;
      setCurrentDetails(environmentTable(data, Date.now()));
    },
  };
}

/**
 * A worker that has lost its cache reads the whole history before it can answer: a rollback waits for that. The server
 * would suggest to continue only at 4,096 events.
 */
const LONGEST_HISTORY = 2_000;

export function isTimeToContinue(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= LONGEST_HISTORY;
}

/** Does `work` unless `enough` comes true before it is done: then it is cancelled, and the answer is undefined. */
export async function unless<T>(enough: () => boolean, work: () => Promise<T>): Promise<{ answer: T } | undefined> {
  const scope = new CancellationScope();
  let settled = false;
  const working = scope
    .run(work)
    .then((answer) => ({ answer }))
    .finally(() => {
      settled = true;
    });
  // Nobody awaits it yet when it fails at once.
  working.catch(() => undefined);
  await condition(() => settled || enough());
  // What is done already does not mind.
  scope.cancel();
  try {
    return await working;
  } catch (error) {
    if (isCancellation(error)) return undefined;
    throw error;
  }
}
