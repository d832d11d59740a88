import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { environmentId } from '../model/ids';
import type { BreakGlass, EnvironmentState, Hold, Resolve, Resume } from '../model/messages';
import { breakGlassUpdate, holdUpdate, resolveUpdate, resumeUpdate } from '../workflows/messages';
import { bounded } from './calls';
import { reportEnvironments } from './environments';
import { refusedError } from './errors';

// Updates, as in steer.ts: the environment's own sentence is the ClientError's (exit 16) where it refuses, and the id is made
// once for each call, so that a repetition after a lost answer gets that answer.

/** Stops the line: nothing new begins. An environment that nobody has asked for a turn yet is unknown (exit 2). */
export async function holdEnvironment(
  client: Client,
  project: string,
  environment: string,
  hold: Hold,
): Promise<EnvironmentState> {
  const sent = { args: [hold] as [Hold], updateId: randomUUID() };
  return bounded(client, () => handleOf(client, project, environment).executeUpdate(holdUpdate, sent));
}

/** Ends a person's hold, or the one after a rollback by hand. */
export async function resumeEnvironment(
  client: Client,
  project: string,
  environment: string,
  resume: Resume,
): Promise<EnvironmentState> {
  const sent = { args: [resume] as [Resume], updateId: randomUUID() };
  return bounded(client, () => handleOf(client, project, environment).executeUpdate(resumeUpdate, sent));
}

/** Where a release passed hold and freeze, and how the environment stands now. */
export interface BrokenGlass {
  project: string;
  environment: string;
  state: EnvironmentState;
}

/**
 * Lets one release that waits for its turn pass hold and freeze. Which request of it waits, and where, is looked for first:
 * a ClientError (exit 16) when it waits nowhere.
 */
export async function breakGlass(client: Client, releaseId: string, glass: BreakGlass): Promise<BrokenGlass> {
  const [, project = ''] = releaseId.split(':');
  const { environments } = await reportEnvironments(client, { project });
  for (const { environment, state } of environments) {
    const waiting = state?.queue.find((request) => request.releaseId === releaseId);
    if (waiting === undefined) continue;
    const { by, reason } = glass;
    const message = { by, reason, requestId: waiting.requestId };
    const sent = { args: [message] as [typeof message], updateId: randomUUID() };
    const handle = handleOf(client, project, environment);
    return { project, environment, state: await bounded(client, () => handle.executeUpdate(breakGlassUpdate, sent)) };
  }
  const silent = environments.filter(({ state, silence }) => state === undefined && silence !== undefined);
  const but = silent.length === 0 ? '' : ` (${silent.map(({ environment }) => environment).join(', ')} did not answer)`;
  throw refusedError(`${releaseId} does not wait for its turn in any environment${but}: there is no glass to break.`);
}

/** Says that a person looked after the environment and it may go on. */
export async function resolveEnvironment(
  client: Client,
  project: string,
  environment: string,
  resolve: Resolve,
): Promise<EnvironmentState> {
  const sent = { args: [resolve] as [Resolve], updateId: randomUUID() };
  return bounded(client, () => handleOf(client, project, environment).executeUpdate(resolveUpdate, sent));
}

function handleOf(client: Client, project: string, environment: string) {
  return client.workflow.getHandle(environmentId(project, environment));
}
