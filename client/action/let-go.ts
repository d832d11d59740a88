import { constants } from 'node:os';
import { releaseId } from '../../model/ids';
import type { Started } from './answers';
import { messageOf } from './failures';
import type { GatewayClient } from './gateway-client';
import type { ActionInputs, Environment } from './inputs';
import type { Result } from './result';

/**
 * From SIGINT the runner gives 7.5 s, then SIGTERM, then the end (source: GitHub's "Workflow cancellation reference"). A
 * start under way gets this long to be answered, and the abort this long after it.
 */
export const START_GRACE_MS = 2_500;
const ABORT_LIMIT_MS = 3_500;

export interface LetGo {
  client: GatewayClient;
  inputs: ActionInputs;
  env: Environment;
  /** Whether the gateway was asked for a release at all. */
  asked: boolean;
  started: Started | undefined;
}

/** What a cancelled job does about its release, and says: it never waits for it. Never throws. */
export async function letGo({ client, inputs, env, asked, started }: LetGo): Promise<Result> {
  const workflowId = started?.workflowId ?? releaseId(inputs.purpose, inputs.project, inputs.commit);
  const how = `Watch it: sluice watch ${workflowId}. End it: sluice abort ${workflowId}.`;
  const result = (cause: string): Result => ({
    exitCode: 128 + constants.signals.SIGINT,
    outcome: '',
    cause: `This job was cancelled${cause}`,
  });
  if (!asked) return result(' before it asked for a release.');
  if (inputs.onCancel === 'detach') {
    return result(
      started === undefined
        ? ` while it asked for ${workflowId}: whether that was started is not known. ${how}`
        : `; ${workflowId} goes on by itself (on-cancel: detach). ${how}`,
    );
  }
  try {
    const ref = { workflowId, ...(started && { runId: started.runId }) };
    const reason = `GitHub's run ${env['GITHUB_RUN_ID'] ?? ''} was cancelled`.replace('  ', ' ');
    await client.abort(ref, reason, AbortSignal.timeout(ABORT_LIMIT_MS));
    return result(`; ${workflowId} was told to abort and rolls back what it has changed. ${how}`);
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, '');
    return result(`, but ${workflowId} could not be told to abort and goes on by itself: ${why}. ${how}`);
  }
}

/** A signal that follows `signal` after a while. */
export function later(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => controller.abort(signal.reason), ms).unref(), {
    once: true,
  });
  return controller.signal;
}
