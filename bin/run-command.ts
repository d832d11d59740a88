import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { isLoopback } from '../activities/aws/loopback';
import type { CliDeps } from '../client/commands/deps';
import { handled } from '../client/commands/handled';
import { examples } from '../client/commands/help';
import type { RequestOptions } from '../client/commands/start';
import { addRequestOptions, requestOf } from '../client/commands/start';
import { isTemporalConfigured } from '../client/connect';
import { usageError } from '../client/errors';
import type { ReleaseEnd } from '../client/release-end';
import { exitCodeOf } from '../client/release-end';
import { createRenderer } from '../client/render/create-renderer';
import type { EmbeddedLimits, ReleaseRequest } from '../model/plan';
import { projectOf } from '../model/policy/policy';
import type { Policy } from '../model/policy/policy';
import { installRuntime } from '../worker/telemetry';
import type { Embedded } from './embedded';
import { startEmbedded } from './embedded';
import { steadyInterrupts } from './interrupts';
import { addPolicyOption, policyOf } from './policy-option';

interface RunOptions extends RequestOptions {
  state?: string;
  circuitBreaker?: boolean;
  json?: boolean;
  policy?: string;
}

export function registerRun(program: Command, deps: CliDeps): void {
  addPolicyOption(addRequestOptions(program.command('run')))
    .description('release a commit from this machine, with Temporal and all workers in this process')
    .option('--state <folder>', 'keep the state of Temporal here, so that a release outlives this process')
    .option('--no-circuit-breaker', 'do not insist on the circuit breaker with rollback of the ECS services')
    .addHelpText(
      'after',
      examples(
        'sluice run',
        'sluice run --commit 1a2b3c4d5e --environment staging',
        'sluice run --state .sluice/state --json',
        'sluice run --policy /etc/sluice/policy.yml',
      ),
    )
    .action(handled(deps, (options: RunOptions) => runEmbedded(deps, options)));
}

export function registerCheck(program: Command, deps: CliDeps): void {
  addPolicyOption(addRequestOptions(program.command('check')))
    .description('run the gates and a build that is never pushed: what a pull request gets')
    .addHelpText('after', examples('sluice check', 'sluice check --commit 1a2b3c4d5e --json'))
    .action(handled(deps, (options: RunOptions) => runEmbedded(deps, { ...options, check: true })));
}

async function runEmbedded(deps: CliDeps, options: RunOptions): Promise<number> {
  const { env, stderr } = deps;
  if (isTemporalConfigured(env)) {
    throw usageError(
      'A Temporal is configured (TEMPORAL_ADDRESS or a profile), so its workers release, not this process: use `sluice start`, or unset it.',
    );
  }
  const policy = await policyOf(deps, options.policy);
  const request = fromItsOwn(policy, options, await requestOf(deps, options, (top) => Promise.resolve(top)));
  const say = (line: string): void => stderr.write(`${line}\n`);
  installRuntime('ERROR', say);

  const stateDir = path.resolve(deps.cwd, options.state ?? (await mkdtemp(path.join(os.tmpdir(), 'sluice-run-'))));
  try {
    const embedded = await startEmbedded({ stateDir, onProgress: say, policy }).catch((error: unknown) => {
      throw usageError(error instanceof Error ? error.message : String(error), error);
    });
    try {
      return await release(deps, options, embedded, { ...request, embedded: limitsOf(options, env) });
    } finally {
      await embedded.stop();
    }
  } finally {
    if (options.state === undefined) await rm(stateDir, { recursive: true, force: true });
  }
}

/** A policy says where its projects are fetched from; the clone around the command is only where it was typed. */
function fromItsOwn(policy: Policy | undefined, options: RunOptions, request: ReleaseRequest): ReleaseRequest {
  const repository = policy && projectOf(policy, request.project)?.repository;
  return options.repository === undefined && repository !== undefined ? { ...request, repository } : request;
}

/** Design section 8: nobody compensates for a runner that was killed, so ECS itself must be able to. */
function limitsOf({ state, circuitBreaker }: RunOptions, env: CliDeps['env']): EmbeddedLimits {
  return { persistent: state !== undefined, requireCircuitBreaker: circuitBreaker !== false && !awsIsLocal(env) };
}

/** Whether the endpoint of ECS is on this machine, and thus no real AWS. */
export function awsIsLocal(env: CliDeps['env']): boolean {
  const endpoint = env['AWS_ENDPOINT_URL_ECS'] ?? env['AWS_ENDPOINT_URL'];
  return endpoint !== undefined && URL.canParse(endpoint) && isLoopback(new URL(endpoint).hostname);
}

async function release(
  deps: CliDeps,
  { json }: RunOptions,
  { releases }: Embedded,
  request: ReleaseRequest,
): Promise<number> {
  const started = await releases.start(request);
  const { workflowId } = started;
  const renderer = createRenderer({
    output: deps.stdout,
    env: deps.env,
    workflowId,
    json: json ?? false,
    now: deps.now,
  });
  const interrupts = steadyInterrupts(deps, releases, started, request.actor);
  let end: ReleaseEnd;
  try {
    end = await releases.watch(started, { onEvent: (event) => renderer.event(event) });
    renderer.end(end);
  } finally {
    renderer.stop();
    interrupts.stop();
  }
  return exitCodeOf(end);
}
