import { EXIT } from '../../model/outcome';
import type { ReleaseSnapshot } from '../release-events';
import { duration } from '../render/durations';
import { oneLine } from '../render/sentences';
import { annotationOf } from './annotation';
import type { Started } from './answers';
import { command, harmless } from './commands';
import { appendTo, fileCommand } from './environment-files';
import { Refused, SetupError } from './failures';
import { follow } from './follow';
import type { GatewayClient } from './gateway-client';
import { gatewayClient } from './gateway-client';
import { groupedRenderer } from './grouped-renderer';
import type { ActionInputs, Environment } from './inputs';
import { InputsError, readInputs } from './inputs';
import { later, letGo, START_GRACE_MS } from './let-go';
import { tokenSource } from './oidc-token';
import { patiently } from './patience';
import type { Result } from './result';
import { goesOn, resultOfEnd, resultOfFailedStart, resultOfLostSight, unknownEnd } from './result';
import { summaryOf } from './summary';

/** What the action needs of the world. */
export interface ActionWorld {
  env: Environment;
  /** The step's log, which is also where the runner reads commands. */
  write: (text: string) => void;
  /** Aborted when the job is cancelled. */
  cancelled: AbortSignal;
}

/** All that is known so far, whatever ends the job. */
interface Job {
  world: ActionWorld;
  inputs: ActionInputs;
  client: GatewayClient;
  asked: boolean;
  started?: Started;
  snapshot?: ReleaseSnapshot;
}

/** The whole action: asks for the release, follows it as far as wanted, reports. Answers the exit code of the process. */
export async function run(world: ActionWorld): Promise<number> {
  const { env, write } = world;
  let inputs: ActionInputs;
  try {
    inputs = readInputs(env);
  } catch (error) {
    if (!(error instanceof InputsError)) throw error;
    write(command('error', error.message, { title: 'The inputs of Sluice are wrong' }));
    await writeOutputs(world, { outcome: 'invalid', cause: error.message, 'exit-code': String(EXIT.usage) });
    return EXIT.usage;
  }
  const masked = new Set<string>();
  const mask = (secret: string): void => {
    if (!masked.has(secret)) write(command('add-mask', secret));
    masked.add(secret);
  };
  const client = gatewayClient({ inputs, token: tokenSource(env, inputs.audience), mask });
  const job: Job = { world, inputs, client, asked: false };
  const result = await resultOf(job);
  await report(job, result);
  return result.exitCode;
}

async function resultOf(job: Job): Promise<Result> {
  const { env, cancelled } = job.world;
  try {
    const started = await start(job);
    await announce(job, started);
    cancelled.throwIfAborted();
    return await wait(job, started);
  } catch (error) {
    const { client, inputs, asked, started } = job;
    const answered = error instanceof Refused || error instanceof SetupError;
    if (cancelled.aborted && (started !== undefined || !answered)) {
      return letGo({ client, inputs, env, asked, started });
    }
    return started === undefined ? resultOfFailedStart(error) : resultOfLostSight(error, started.workflowId);
  }
}

/** A start under way is not cut off at once: its answer says whether there is a release to let go of. */
async function start(job: Job): Promise<Started> {
  const { cancelled } = job.world;
  const late = later(cancelled, START_GRACE_MS);
  const attempt = async (): Promise<Started> => {
    cancelled.throwIfAborted();
    job.asked = true;
    return job.client.start(late);
  };
  const { patienceMs } = job.inputs;
  job.started = await patiently(attempt, { patienceMs, signal: cancelled, note: (text) => say(job.world, text) });
  return job.started;
}

async function announce({ world }: Job, { workflowId, runId, attached, uiUrl }: Started): Promise<void> {
  say(world, attached ? `${workflowId} is running already; attached to it.` : `Started ${workflowId}.`);
  if (uiUrl !== undefined) say(world, uiUrl);
  // At once: a job that is cancelled has them all the same.
  await writeOutputs(world, { 'workflow-id': workflowId, 'run-id': runId, url: uiUrl ?? '' });
}

async function wait(job: Job, started: Started): Promise<Result> {
  const { inputs, client, world } = job;
  const { workflowId } = started;
  if (inputs.wait === 'none') return goesOn(`${workflowId} goes on by itself; this job does not wait (wait: none).`);
  const renderer = groupedRenderer(world.write, workflowId);
  try {
    const followed = await follow(client, started, {
      until: inputs.wait,
      renderer,
      timeoutMs: inputs.timeoutMs,
      patienceMs: inputs.patienceMs,
      signal: world.cancelled,
      onSnapshot: (snapshot) => (job.snapshot = snapshot),
    });
    switch (followed.kind) {
      case 'ended':
        return resultOfEnd(followed.end);
      case 'gates passed':
        return goesOn(`All gates passed; ${workflowId} goes on by itself (wait: gates).`);
      case 'timeout':
        return unknownEnd(
          `${workflowId} has not ended within ${duration(inputs.timeoutMs)} and goes on by itself. Running this job again attaches to it.`,
        );
    }
  } finally {
    renderer.stop();
  }
}

async function report({ world, inputs, started, snapshot }: Job, result: Result): Promise<void> {
  const { exitCode, outcome, cause } = result;
  const digest = result.digest ?? snapshot?.release.digest ?? '';
  if (outcome === '') say(world, cause);
  world.write(annotationOf(result, snapshot));
  await writeOutputs(world, { outcome, cause: oneLine(cause), 'exit-code': String(exitCode), digest });
  await appendTo(world.env['GITHUB_STEP_SUMMARY'], summaryOf({ inputs, result, started, snapshot }));
}

function writeOutputs({ env }: ActionWorld, outputs: Readonly<Record<string, string>>): Promise<void> {
  return appendTo(env['GITHUB_OUTPUT'], fileCommand(outputs));
}

function say({ write }: ActionWorld, text: string): void {
  // Whatever it says, the line begins with a word of ours: the runner takes it for no command.
  write(`sluice: ${harmless(oneLine(text))}\n`);
}
