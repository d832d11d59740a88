import { ApplicationFailure } from '@temporalio/workflow';
import type { FailureType } from '../model/failures';
import { shortCommit } from '../model/commit';
import type { Baseline, ServiceTarget, UnfinishedRevision } from '../model/target';
import { ecs, ecsWaits, health } from './activities';
import { returnService } from './deployment-rollback';

/** A service that never comes to rest cannot be released to. */
const LOOKS = 5;

/**
 * What the service can be returned to.
 *
 * Waits for a deployment that is still rolling, and finishes what a run before this one left behind: an unverified
 * revision of ours is never a baseline (design rule 6.7). It is verified if it proves healthy, else returned.
 */
export async function baselineOf(target: ServiceTarget, say: (text: string) => void): Promise<Baseline> {
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await ecs.captureBaseline.executeWithOptions(
      { summary: `what does ${target.service.service} run?` },
      [{ target }],
    );
    switch (found.kind) {
      case 'baseline':
        return found.baseline;
      case 'in-flight':
        say(
          found.ours
            ? `following ${found.deployment.deploymentId}, which an earlier release left rolling`
            : `waiting for ${found.deployment.deploymentId}, which is not ours`,
        );
        if (found.unfinished && (await endedInReturn(target, found.unfinished, say))) break;
        await ecsWaits.awaitSettled.executeWithOptions({ summary: 'an earlier deployment comes to rest' }, [
          { target, withinMs: target.service.stableWithinMs },
        ]);
        break;
      case 'unfinished':
        await finish(target, found.unfinished, say);
        break;
    }
  }
  throw ApplicationFailure.nonRetryable(
    `service ${target.service.service} did not come to rest in ${LOOKS} looks`,
    'TargetUnsuitable' satisfies FailureType,
  );
}

/**
 * Follows the rollout that an earlier release left behind, and takes it back where its failure is certain: without a
 * circuit breaker nobody else would. Answers false where it has another end, or comes to one by itself.
 */
async function endedInReturn(
  target: ServiceTarget,
  unfinished: UnfinishedRevision,
  say: (text: string) => void,
): Promise<boolean> {
  const { deployment, commit } = unfinished;
  const { stableWithinMs: withinMs } = target.service;
  const end = await ecsWaits.awaitStable.executeWithOptions({ summary: `the rollout of ${shortCommit(commit)} ends` }, [
    { target, deployment, imageDigest: null, withinMs },
  ]);
  if (end.kind !== 'failed') return false;
  await takeBack(target, unfinished, end.cause, say);
  return true;
}

async function finish(
  target: ServiceTarget,
  unfinished: UnfinishedRevision,
  say: (text: string) => void,
): Promise<void> {
  const { commit, deployment } = unfinished;
  say(`an earlier release of ${shortCommit(commit)} was cut off here; looking whether it is healthy`);
  const report = await health.checkHealth({ target, commit, imageDigest: null, health: target.service.health });
  if (report.healthy) await ecs.markVerified({ target, taskDefinitionArn: deployment.taskDefinitionArn });
  else await takeBack(target, unfinished, report.cause, say);
}

async function takeBack(
  target: ServiceTarget,
  { commit, deployment, returnTo }: UnfinishedRevision,
  why: string,
  say: (text: string) => void,
): Promise<void> {
  say(`the unfinished ${shortCommit(commit)} is not healthy (${why}); returning to ${returnTo.taskDefinitionArn}`);
  const returned = await returnService(target, returnTo, deployment);
  if (returned.kind === 'failed') {
    throw ApplicationFailure.nonRetryable(
      `service ${target.service.service} could not be returned from the unfinished ${shortCommit(commit)}: ${returned.cause}`,
      'TargetUnsuitable' satisfies FailureType,
    );
  }
}
