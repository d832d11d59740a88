import type { Client } from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { shortCommit } from '../model/commit';
import { releaseId } from '../model/ids';
import type { ReleaseRequest } from '../model/plan';
import { TASK_QUEUES } from '../model/queues';
import { requestHash } from '../model/request-hash';
import type { SearchAttribute } from '../model/search-attributes';
import { bounded } from './calls';
import { refusedError } from './errors';

/** The name that workers register the release under. */
const RELEASE_TYPE = 'release';
/** A running release may end between our start and our look; more often than this it cannot. */
const ATTEMPTS = 3;

export interface StartedRelease {
  workflowId: string;
  runId: string;
  /** The same was running already; nothing new was started. */
  attached: boolean;
}

/**
 * Starts the release, or attaches to the running one when that was asked for the same (same {@link requestHash}).
 *
 * Can be repeated: the workflow id allows one open run, so a start whose answer was lost is attached to.
 * Throws a ClientError: exit 16 when the running one was asked for something else, 3 when Temporal cannot be asked.
 */
export async function startRelease(client: Client, request: ReleaseRequest): Promise<StartedRelease> {
  const workflowId = releaseId(request.purpose, request.project, request.commit);
  const hash = requestHash(request);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const runId = await bounded(client, () => start(client, workflowId, hash, request));
    if (runId !== undefined) return { workflowId, runId, attached: false };

    const running = await bounded(client, () => client.workflow.getHandle(workflowId).describe());
    if (running.status.name !== 'RUNNING') continue;
    if (running.memo?.['requestHash'] === hash) return { workflowId, runId: running.runId, attached: true };
    throw refusedError(
      `${workflowId} is running already and was asked for something else (other environments or another event): ` +
        `wait for it with \`sluice watch ${workflowId}\`, or end it with \`sluice abort ${workflowId}\`.`,
    );
  }
  throw refusedError(`${workflowId} was started and ended by somebody else again and again; try later.`);
}

/** Undefined when one is open under that id. */
async function start(
  client: Client,
  workflowId: string,
  hash: string,
  request: ReleaseRequest,
): Promise<string | undefined> {
  try {
    const handle = await client.workflow.start(RELEASE_TYPE, {
      workflowId,
      taskQueue: TASK_QUEUES.orchestrator,
      args: [request],
      memo: { requestHash: hash },
      typedSearchAttributes: [
        attribute('SluiceProject', request.project),
        attribute('SluiceCommit', request.commit),
        attribute('SluiceActor', request.actor),
        attribute('SluicePhase', 'admit'),
      ],
      staticDetails: steeringHelp(workflowId, request),
      staticSummary: `${request.project} ${shortCommit(request.commit)}, asked for by ${request.actor} (${request.event})`,
      // A closed release may be run again; an open one is never joined by a second.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

/** For who looks at it in the Temporal UI, as Markdown. */
function steeringHelp(workflowId: string, { purpose }: ReleaseRequest): string {
  const says = purpose === 'check' ? '`abort`' : '`approve`, `reject` or `abort`';
  return `To steer it: *More Actions*, *Send a Signal*, ${says}; the list says what to type. Or \`sluice status ${workflowId}\`.`;
}

type KeywordPair = ReturnType<TypedSearchAttributes['getAll']>[number];

function attribute(name: SearchAttribute, value: string): KeywordPair {
  return { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
}
