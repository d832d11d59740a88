import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type * as M from '../model/messages';
import { MESSAGE } from '../model/messages';
import type { ReleaseReport } from '../model/report';

// Signals are for hands (the UI's dialog), updates of the same name for programs: they answer, or refuse with a reason.

export const approveSignal = defineSignal<[M.Approval]>(MESSAGE.approve);
export const approveUpdate = defineUpdate<M.ReleaseStatus, [M.Approval]>(MESSAGE.approve);
export const rejectSignal = defineSignal<[M.Rejection]>(MESSAGE.reject);
export const rejectUpdate = defineUpdate<M.ReleaseStatus, [M.Rejection]>(MESSAGE.reject);
export const abortSignal = defineSignal<[M.Abort]>(MESSAGE.abort);
export const abortUpdate = defineUpdate<M.ReleaseStatus, [M.Abort]>(MESSAGE.abort);
export const statusQuery = defineQuery<M.ReleaseStatus>(MESSAGE.status);

/** From the environment's activity: is this turn still wanted? */
export const turnUpdate = defineUpdate<M.TurnAnswer, [M.TurnOffer]>(MESSAGE.turn);
export const newerCommitSignal = defineSignal<[M.NewerCommit]>(MESSAGE.newerCommit);
/** From the deployment itself, so that an environment that was terminated loses nothing. */
export const deploymentEndedSignal = defineSignal<[M.DeploymentOutcome]>(MESSAGE.deploymentEnded);
export const deploymentReturningSignal = defineSignal<[M.DeploymentReturning]>(MESSAGE.deploymentReturning);

export const enqueueUpdate = defineUpdate<M.RequestStanding, [M.DeploymentRequest]>(MESSAGE.enqueue);
export const withdrawUpdate = defineUpdate<M.WithdrawAnswer, [{ requestId: string }]>(MESSAGE.withdraw);
export const standingQuery = defineQuery<M.RequestStanding, [{ requestId: string } & M.AskedAt]>(MESSAGE.standing);
export const environmentStateQuery = defineQuery<M.EnvironmentState, [M.AskedAt?]>(MESSAGE.state);
export const resolveSignal = defineSignal<[M.Resolve]>(MESSAGE.resolve);
export const resolveUpdate = defineUpdate<M.EnvironmentState, [M.Resolve]>(MESSAGE.resolve);
export const holdSignal = defineSignal<[M.Hold]>(MESSAGE.hold);
export const holdUpdate = defineUpdate<M.EnvironmentState, [M.Hold]>(MESSAGE.hold);
export const resumeSignal = defineSignal<[M.Resume]>(MESSAGE.resume);
export const resumeUpdate = defineUpdate<M.EnvironmentState, [M.Resume]>(MESSAGE.resume);
/** Lets one waiting request pass hold and freeze. */
export const breakGlassUpdate = defineUpdate<M.EnvironmentState, [M.BreakGlass & { requestId: string }]>(
  MESSAGE.breakGlass,
);
/** The environment looks at what runs; its answer has `seen`. */
export const lookUpdate = defineUpdate<M.EnvironmentState>(MESSAGE.look);

export const abortDeploymentSignal = defineSignal<[M.AbortDeployment]>(MESSAGE.abort);
export const deploymentStatusQuery = defineQuery<M.DeploymentStatus>(MESSAGE.status);

/** From a release to the workflow that reports it: all that is to be told now. */
export const reportSignal = defineSignal<[ReleaseReport]>(MESSAGE.report);
