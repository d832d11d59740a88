import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { rehearsalId, rollbackId } from '../model/ids';
import { TASK_QUEUES } from '../model/queues';
import type { RollbackRequest } from '../model/rollback';
import { attributePairs } from './attributes';
import { bounded } from './calls';
import { refusedError } from './errors';
import type { StartedRelease } from './start-release';

/** The names that workers register them under. */
const ROLLBACK_TYPE = 'rollback';
const REHEARSAL_TYPE = 'rehearsal';
/** A running one may end between our start and our look; more often than this it cannot. */
const ATTEMPTS = 3;

/** What a start and a schedule's action have in common. */
export function rehearsalOf(request: RollbackRequest) {
  const { project, environment, actor } = request;
  return {
    workflowId: rehearsalId(project, environment),
    taskQueue: TASK_QUEUES.orchestrator,
    args: [request],
    typedSearchAttributes: attributePairs({
      ...{ SluiceProject: project, SluiceEnvironments: [environment] },
      ...{ SluiceActor: actor, SluicePhase: 'admit' },
    }),
    staticSummary: `could ${environment} of ${project} go back to ${request.to}? Nothing is changed`,
    workflowType: REHEARSAL_TYPE,
  };
}

/**
 * Starts the rollback, or attaches to the one that is running.
 *
 * Without a `key` whoever asks for the same while it runs gets the same, whatever their reason: two people who act at once
 * must not go back twice. With one, also a rollback that ended `released` under that key is answered, and not done again.
 * Throws a ClientError: exit 16 when that key was used to ask for something else, 3 when Temporal cannot be asked.
 */
export async function startRollback(client: Client, request: RollbackRequest, key?: string): Promise<StartedRelease> {
  const { project, environment, to } = request;
  const workflowId = rollbackId(project, environment, key ?? to);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const runId = await bounded(client, () => start(client, workflowId, request, key !== undefined));
    if (runId !== undefined) return { workflowId, runId, attached: false };

    const known = await bounded(client, () => client.workflow.getHandle(workflowId).describe());
    if (known.status.name !== 'RUNNING' && key === undefined) continue;
    if (known.memo?.['to'] === to) return { workflowId, runId: known.runId, attached: true };
    throw refusedError(`${workflowId} was asked to go back to something else; choose another --key.`);
  }
  throw refusedError(`${workflowId} was started and ended by somebody else again and again; try later.`);
}

/** Starts a rehearsal, or attaches to the one that is running. */
export async function startRehearsal(client: Client, request: RollbackRequest): Promise<StartedRelease> {
  const { workflowType, ...options } = rehearsalOf(request);
  const handle = await bounded(client, () =>
    client.workflow.start(workflowType, { ...options, workflowIdConflictPolicy: 'USE_EXISTING' }),
  );
  return { workflowId: options.workflowId, runId: handle.firstExecutionRunId, attached: false };
}

/** Undefined when there is one under that id. */
async function start(
  client: Client,
  workflowId: string,
  request: RollbackRequest,
  once: boolean,
): Promise<string | undefined> {
  const { project, environment, to, actor, reason } = request;
  try {
    const handle = await client.workflow.start(ROLLBACK_TYPE, {
      workflowId,
      taskQueue: TASK_QUEUES.orchestrator,
      args: [request],
      memo: { to },
      typedSearchAttributes: attributePairs({
        ...{ SluiceProject: project, SluiceEnvironments: [environment] },
        ...{ SluiceActor: actor, SluicePhase: 'admit' },
      }),
      staticSummary: `${environment} of ${project} back to ${to}, asked for by ${actor}: ${reason}`,
      workflowIdReusePolicy: once ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}
