import { getClient } from '@temporalio/activity';
import { WithStartWorkflowOperation, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { ApplicationFailure, TerminatedFailure, defineSearchAttributeKey } from '@temporalio/common';
import type {
  AbortDeployment,
  AskedAt,
  DeploymentOutcome,
  DeploymentRequest,
  RequestStanding,
  TurnAnswer,
  TurnOffer,
  WithdrawAnswer,
} from '../../model/messages';
import { MESSAGE } from '../../model/messages';
import type { EnvironmentSpec } from '../../model/plan';
import { environmentId } from '../../model/ids';
import { TASK_QUEUES } from '../../model/queues';
import { whileHeartbeating } from '../heartbeating';
import { knownOfEnvironment } from './known-of-environment';
import { announceNewerCommit } from './newer-commit';

/** What is known of a deployment that has closed. */
export type DeploymentEnd =
  | { kind: 'ended'; outcome: DeploymentOutcome }
  /** It closed without a word of its own: terminated, or broken. */
  | { kind: 'cut-off'; cause: string };

/** A deployment found open under the fixed id; what it is for stands in its memo. */
export interface OpenDeployment {
  runId: string;
  requestId: string;
  releaseId: string;
  commit: string;
  environment: EnvironmentSpec;
  /** Set for a rollback by hand. */
  rollback?: { by: string; reason: string };
}

/**
 * What workflows cannot do to each other from inside (start with an update, ask a query, wait by id): through the
 * worker's own client. Each is idempotent; Temporal retries them.
 */
export function createTurnActivities() {
  return {
    announceNewerCommit,
    knownOfEnvironment,

    /**
     * Asks for a place in the environment's queue, or where the request stands.
     *
     * A query first, since it leaves no trace in any history; an update, which starts the environment if need be, only
     * where the request is unknown or no environment runs. The query of a closed environment would answer with its last
     * words for ever, hence the look at its status.
     */
    async askForTurn(request: DeploymentRequest): Promise<RequestStanding> {
      const client = getClient();
      const workflowId = environmentId(request.project, request.environment.name);
      const handle = client.workflow.getHandle(workflowId);
      try {
        const { status } = await handle.describe();
        if (status.name === 'RUNNING') {
          const standing = await handle.query<RequestStanding, [{ requestId: string } & AskedAt]>(MESSAGE.standing, {
            requestId: request.requestId,
            now: Date.now(),
          });
          if (standing.kind !== 'unknown') return standing;
        }
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
      return client.workflow.executeUpdateWithStart<Workflow, RequestStanding, [DeploymentRequest]>(MESSAGE.enqueue, {
        args: [request],
        startWorkflowOperation: new WithStartWorkflowOperation('environment', {
          workflowId,
          taskQueue: TASK_QUEUES.orchestrator,
          args: [{ project: request.project, name: request.environment.name }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          typedSearchAttributes: [
            { key: defineSearchAttributeKey('SluiceProject', 'KEYWORD'), value: request.project },
            { key: defineSearchAttributeKey('SluiceEnvironments', 'KEYWORD_LIST'), value: [request.environment.name] },
          ],
          staticSummary: `Environment ${request.environment.name} of ${request.project}: one deployment at a time`,
        }),
      });
    },

    /** Asks the release whether it still wants its turn. One that is gone does not. */
    async offerTurn(offer: TurnOffer & { releaseId: string }): Promise<TurnAnswer> {
      try {
        return await getClient()
          .workflow.getHandle(offer.releaseId)
          .executeUpdate<TurnAnswer, [TurnOffer]>(MESSAGE.turn, { args: [{ requestId: offer.requestId }] });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { wanted: false };
        throw error;
      }
    },

    /** Takes a request out of the queue; `unknown` where no environment runs. */
    async withdrawRequest(input: { environmentId: string; requestId: string }): Promise<WithdrawAnswer> {
      try {
        return await getClient()
          .workflow.getHandle(input.environmentId)
          .executeUpdate<WithdrawAnswer, [{ requestId: string }]>(MESSAGE.withdraw, {
            args: [{ requestId: input.requestId }],
          });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { result: 'unknown' };
        throw error;
      }
    },

    /** Passes an abort on to the deployment in flight; it ignores one that is not its own. Answers whether there was one. */
    async abortDeployment(input: { deploymentId: string; abort: AbortDeployment }): Promise<boolean> {
      try {
        await getClient().workflow.getHandle(input.deploymentId).signal<[AbortDeployment]>(MESSAGE.abort, input.abort);
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    /**
     * Waits for a deployment to close, however it does. By id and run id, so that an environment that continued as new,
     * or was started afresh, can wait for a deployment that is not its child.
     */
    async awaitDeployment(input: { deploymentId: string; runId: string }): Promise<DeploymentEnd> {
      return whileHeartbeating(`waiting for ${input.deploymentId} to end`, async ({ signal }) => {
        const handle = getClient().workflow.getHandle(input.deploymentId, input.runId);
        const cancelled = new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
        try {
          return await Promise.race([
            handle
              .result()
              .then((outcome): DeploymentEnd => ({ kind: 'ended', outcome: outcome as DeploymentOutcome })),
            cancelled,
          ]);
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return { kind: 'cut-off', cause: 'its record is gone' };
          if (error instanceof WorkflowFailedError) return endOfFailure(error);
          throw error;
        }
      });
    },

    /** The open deployment under this id, if there is one: a stranger that an earlier environment started. */
    async openDeployment(input: { deploymentId: string }): Promise<OpenDeployment | null> {
      try {
        const description = await getClient().workflow.getHandle(input.deploymentId).describe();
        if (description.status.name !== 'RUNNING') return null;
        const { requestId, releaseId, commit, environment, rollback } = description.memo as Omit<
          OpenDeployment,
          'runId'
        >;
        const { runId } = description;
        return { runId, requestId, releaseId, commit, environment, ...(rollback && { rollback }) };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
  };
}

export type TurnActivities = ReturnType<typeof createTurnActivities>;

function endOfFailure(error: WorkflowFailedError): DeploymentEnd {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const [outcome] = (cause.details ?? []) as (DeploymentOutcome | undefined)[];
    if (outcome?.requestId) return { kind: 'ended', outcome };
    return { kind: 'cut-off', cause: cause.message };
  }
  if (cause instanceof TerminatedFailure) return { kind: 'cut-off', cause: 'an operator terminated it' };
  return { kind: 'cut-off', cause: cause?.message ?? error.message };
}
