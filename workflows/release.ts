import { ApplicationFailure, CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import { shortCommit, shortDigest } from '../model/commit';
import { outcomeOfAdmit } from '../model/failure-outcome';
import { requestId } from '../model/ids';
import { judgeGates } from '../model/gate-verdicts';
import type { ReleaseOutcome } from '../model/outcome';
import { isGood } from '../model/outcome';
import { endLine } from '../model/phase-table';
import type { Plan, ReleaseRequest } from '../model/plan';
import type { ReleasedImage } from '../model/image';
import { ecsForward, gates, images, source } from './activities';
import { setAttributes } from './attributes';
import { readFailure } from './failure';
import { createPhases, inPhase } from './phases';
import type { ReleaseState } from './release-handlers';
import { registerHandlers } from './release-handlers';
import { visitEnvironments } from './release-environment';
import { runGates } from './release-gates';
import { openReports } from './release-report';
import type { Reports } from './release-report';
import { targetsOf } from './targets';

/** Beyond the build's own limit: looking, pushing and looking again. */
const PUSH_MARGIN_MS = 10 * 60_000;

type End = Pick<ReleaseOutcome, 'outcome' | 'cause' | 'environments'>;

/**
 * The whole road of one commit: admit, gates, image, and each environment in order.
 *
 * Completes with `released` or `checked`; every other outcome fails it, with the outcome as the failure's type and the
 * `ReleaseOutcome` as its first detail.
 */
export async function release(request: ReleaseRequest): Promise<ReleaseOutcome> {
  const reports = openReports(request);
  const state: ReleaseState = {
    request,
    phases: createPhases(
      (phase) => setAttributes({ SluicePhase: phase }),
      (status) => reports.phase(status),
    ),
    gates: [],
  };
  // Until an environment is asked for its turn an abort simply stops the work; after that it is passed on.
  const stoppable = new CancellationScope();
  registerHandlers(state, () => stoppable.cancel());

  let end: End;
  try {
    end = await stoppable.run(() => travel(state, reports));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    end = abortedBeforeChange(state);
  }
  const workspace = workflowInfo().runId;
  if (state.gates.length > 0) await CancellationScope.nonCancellable(() => gates.removeWorkspace({ workspace }));

  const outcome: ReleaseOutcome = {
    ...end,
    commit: request.commit,
    ...(state.image && { digest: state.image.digest }),
  };
  state.outcome = outcome;
  state.phases.below(endLine(outcome));
  setAttributes({ SluiceOutcome: outcome.outcome });
  await reports.ended(outcome);
  if (isGood(outcome.outcome)) return outcome;
  throw ApplicationFailure.create({
    type: outcome.outcome,
    message: outcome.cause,
    nonRetryable: true,
    details: [outcome],
  });
}

/** The steps of a release. Each answers an end, or lets the next one go on. */
async function travel(state: ReleaseState, reports: Reports): Promise<End> {
  const plan = await admit(state);
  if ('outcome' in plan) return plan;
  const stopped = await passGates(state, plan);
  if (stopped) return stopped;
  if (plan.purpose === 'check') return packageOnly(state, plan);
  const image = await makeImage(state, plan);
  if ('outcome' in image) return image;
  return CancellationScope.nonCancellable(() => visitEnvironments(state, plan, image, reports));
}

async function admit(state: ReleaseState): Promise<Plan | End> {
  const { request, phases } = state;
  try {
    const phase = phases.begin('admit', 'reading release.yml');
    const plan = await inPhase(
      phase,
      async () => {
        const admitted = await source.admit.executeWithOptions({ summary: `read ${shortCommit(request.commit)}` }, [
          request,
        ]);
        // What can never work is said before an hour of gates.
        if (admitted.purpose === 'release') await lookAhead(state, admitted, (text) => phase.say(text));
        return admitted;
      },
      ({ gates: all, environments }) =>
        `${all.length} gate(s), ${request.purpose === 'check' ? 'check only' : environments.map(({ name }) => name).join(', ')}`,
    );
    state.plan = plan;
    if (plan.environments.length > 0) setAttributes({ SluiceEnvironments: plan.environments.map(({ name }) => name) });
    return plan;
  } catch (error) {
    const { type, message } = readFailure(error);
    return { outcome: outcomeOfAdmit(type), cause: message, environments: [] };
  }
}

/** Are the registry and the services there, and fit for a release? An image that is there already is kept in mind. */
async function lookAhead(state: ReleaseState, plan: Plan, say: (text: string) => void): Promise<void> {
  say('looking at the registry and the services');
  const requireCircuitBreaker = state.request.embedded?.requireCircuitBreaker ?? false;
  for (const environment of plan.environments) {
    const { repository, commit } = plan;
    const { approval } = environment;
    await ecsForward.inspectTargets.executeWithOptions(
      { summary: `are the services of ${environment.name} fit for it?` },
      [
        {
          targets: targetsOf(
            environment,
            plan.project,
            requestId(workflowInfo().firstExecutionRunId, environment.name),
          ),
          permit: { repository, commit, ...(approval && { approval }) },
          requireCircuitBreaker,
        },
      ],
    );
  }
  state.found = await images.findImage.executeWithOptions({ summary: `is ${plan.image.repository} there?` }, [
    imageInput(plan),
  ]);
}

async function passGates(state: ReleaseState, plan: Plan): Promise<End | undefined> {
  const phase = state.phases.begin('gates', `running ${plan.gates.map(({ name }) => name).join(', ')}`);
  await runGates(plan, workflowInfo().runId, state.gates);
  const verdict = judgeGates(state.gates);
  if (!verdict) {
    phase.done(`${state.gates.length} passed`);
    return undefined;
  }
  phase.fail(verdict.cause);
  return { ...verdict, environments: [] };
}

async function packageOnly(state: ReleaseState, plan: Plan): Promise<End> {
  try {
    const { digest } = await inPhase(
      state.phases.begin('image', 'building, not pushing'),
      () =>
        images.packageOnly.executeWithOptions(
          { summary: `build ${plan.image.repository}`, startToCloseTimeout: plan.image.timeoutMs + PUSH_MARGIN_MS },
          [imageInput(plan)],
        ),
      (built) => `builds as ${shortDigest(built.digest)}; not pushed`,
    );
    return {
      outcome: 'checked',
      cause: `all gates passed and the image of ${shortCommit(plan.commit)} builds (${shortDigest(digest)})`,
      environments: [],
    };
  } catch (error) {
    return imageFailed(error);
  }
}

async function makeImage(state: ReleaseState, plan: Plan): Promise<ReleasedImage | End> {
  const input = imageInput(plan);
  try {
    const image = await inPhase(
      state.phases.begin('image', `${plan.image.repository}:${plan.commit}`),
      async () =>
        state.found ??
        (await images.buildImage.executeWithOptions(
          {
            summary: `build and push ${plan.image.repository}`,
            startToCloseTimeout: plan.image.timeoutMs + PUSH_MARGIN_MS,
          },
          [input],
        )),
      ({ reused, digest }) => (reused ? `reused ${shortDigest(digest)}` : `built and pushed ${shortDigest(digest)}`),
    );
    state.image = image;
    return image;
  } catch (error) {
    return imageFailed(error);
  }
}

function imageFailed(error: unknown): End {
  return { outcome: 'image-failed', cause: readFailure(error).message, environments: [] };
}

function imageInput(plan: Plan): Parameters<typeof images.buildImage>[0] {
  const { image, repository, commit, treeHash, project } = plan;
  return { image, repository, commit, treeHash, project, workspace: workflowInfo().runId };
}

function abortedBeforeChange({ abort, phases }: ReleaseState): End {
  // The abort has failed the phase by now, where that says itself how it ended.
  const running = phases.list.findLast(({ state }) => state !== 'done');
  const where = running ? ` during ${running.phase}` : '';
  const who = `aborted by ${abort?.by ?? 'a cancel request in Temporal'}`;
  const cause = `${who}${where}, before anything changed${abort?.reason === undefined ? '' : `: ${abort.reason}`}`;
  if (running) Object.assign(running, { state: 'failed', detail: who, endedAt: Date.now() });
  return { outcome: 'aborted', cause, environments: [] };
}
