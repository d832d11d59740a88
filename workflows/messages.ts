import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type * as M from '../model/messages';
import { MESSAGE } from '../model/messages';

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
/** From the deployment itself, so that an environment that was terminated loses nothing. */
export const deploymentEndedSignal = defineSignal<[M.DeploymentOutcome]>(MESSAGE.deploymentEnded);

export const enqueueUpdate = defineUpdate<M.RequestStanding, [M.DeploymentRequest]>(MESSAGE.enqueue);
export const withdrawUpdate = defineUpdate<M.WithdrawAnswer, [{ requestId: string }]>(MESSAGE.withdraw);
export const standingQuery = defineQuery<M.RequestStanding, [{ requestId: string }]>(MESSAGE.standing);
export const environmentStateQuery = defineQuery<M.EnvironmentState>(MESSAGE.state);
export const resolveSignal = defineSignal<[M.Resolve]>(MESSAGE.resolve);

export const abortDeploymentSignal = defineSignal<[M.AbortDeployment]>(MESSAGE.abort);
export const deploymentStatusQuery = defineQuery<M.DeploymentStatus>(MESSAGE.status);
