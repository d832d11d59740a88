import type { Client } from '@temporalio/client';
import type {
  Abort,
  Approval,
  BreakGlass,
  DeploymentStatus,
  EnvironmentState,
  Hold,
  Rejection,
  ReleaseStatus,
  Resolve,
  Resume,
} from '../model/messages';
import type { ReleaseRequest } from '../model/plan';
import type { RollbackRequest } from '../model/rollback';
import { abort, approve, reject } from './steer';
import type { AbortAnswer } from './steer';
import { getDeploymentStatus, getEnvironmentState, getStatus } from './ask';
import type { Environment } from './connect';
import { connectTemporal } from './connect';
import type { EnvironmentFilter, EnvironmentReports } from './environments';
import { reportEnvironments } from './environments';
import { findRelease } from './find-release';
import type { AwaitOptions, ReleaseEnd, ReleaseRef } from './release-end';
import { awaitOutcome } from './release-end';
import type { ReleaseSnapshot } from './release-events';
import type { ReleaseFilter, ReleaseSummary } from './release-list';
import { listReleases, summarize } from './release-list';
import { takeSnapshot } from './snapshot';
import type { StartedRelease } from './start-release';
import { startRelease } from './start-release';
import { startRehearsal, startRollback } from './start-rollback';
import type { RehearsalTimes, ScheduledRehearsal } from './rehearsal-schedule';
import { scheduleRehearsal, unscheduleRehearsal } from './rehearsal-schedule';
import type { BrokenGlass } from './steer-environment';
import { breakGlass, holdEnvironment, resolveEnvironment, resumeEnvironment } from './steer-environment';
import type { WatchOptions } from './watch-release';
import { watchRelease } from './watch-release';

/** Everything that can be asked and told over one connection; commands take this, so that their tests need no server. */
export interface Releases {
  start(request: ReleaseRequest): Promise<StartedRelease>;
  /** With a `key`, one that succeeded under it is answered instead of done again. */
  rollback(request: RollbackRequest, key?: string): Promise<StartedRelease>;
  /** Ends with a `RehearsalOutcome`. */
  rehearse(request: RollbackRequest): Promise<StartedRelease>;
  scheduleRehearsal(request: RollbackRequest, times: RehearsalTimes): Promise<ScheduledRehearsal>;
  unscheduleRehearsal(project: string, environment: string): Promise<string>;
  find(reference: string): Promise<Required<ReleaseRef>>;
  list(filter?: ReleaseFilter): Promise<ReleaseSummary[]>;
  summary(ref: ReleaseRef): Promise<ReleaseSummary>;
  status(ref: ReleaseRef): Promise<ReleaseStatus>;
  /** `before` is the caller's last one: what of it is gone by now is kept. */
  snapshot(ref: ReleaseRef, before?: ReleaseSnapshot): Promise<ReleaseSnapshot>;
  deploymentStatus(deploymentId: string): Promise<DeploymentStatus>;
  environmentState(project: string, environment: string): Promise<EnvironmentState>;
  /** With `look` each environment looks at what runs before it answers. */
  environments(filter?: EnvironmentFilter, look?: boolean): Promise<EnvironmentReports>;
  approve(ref: ReleaseRef, approval: Approval): Promise<ReleaseStatus>;
  reject(ref: ReleaseRef, rejection: Rejection): Promise<ReleaseStatus>;
  abort(ref: ReleaseRef, abort: Abort): Promise<AbortAnswer>;
  resolve(project: string, environment: string, resolve: Resolve): Promise<EnvironmentState>;
  hold(project: string, environment: string, hold: Hold): Promise<EnvironmentState>;
  resume(project: string, environment: string, resume: Resume): Promise<EnvironmentState>;
  /** Of a release that waits for its turn. */
  breakGlass(releaseId: string, glass: BreakGlass): Promise<BrokenGlass>;
  watch(ref: ReleaseRef, options: WatchOptions): Promise<ReleaseEnd>;
  awaitOutcome(ref: ReleaseRef, options?: AwaitOptions): Promise<ReleaseEnd>;
  close(): Promise<void>;
}

/** The API over a client that somebody else connected; `close` is left to them. */
export function releasesOf(client: Client): Releases {
  return {
    start: (request) => startRelease(client, request),
    rollback: (request, key) => startRollback(client, request, key),
    rehearse: (request) => startRehearsal(client, request),
    scheduleRehearsal: (request, times) => scheduleRehearsal(client, request, times),
    unscheduleRehearsal: (project, environment) => unscheduleRehearsal(client, project, environment),
    find: (reference) => findRelease(client, reference),
    list: (filter) => listReleases(client, filter),
    summary: (ref) => summarize(client, ref),
    status: (ref) => getStatus(client, ref),
    snapshot: (ref, before) => takeSnapshot(client, ref, before),
    deploymentStatus: (deploymentId) => getDeploymentStatus(client, deploymentId),
    environmentState: (project, environment) => getEnvironmentState(client, project, environment),
    environments: (filter, look) => reportEnvironments(client, filter, look),
    approve: (ref, approval) => approve(client, ref, approval),
    reject: (ref, rejection) => reject(client, ref, rejection),
    abort: (ref, message) => abort(client, ref, message),
    resolve: (project, environment, resolve) => resolveEnvironment(client, project, environment, resolve),
    hold: (project, environment, hold) => holdEnvironment(client, project, environment, hold),
    resume: (project, environment, resume) => resumeEnvironment(client, project, environment, resume),
    breakGlass: (releaseId, glass) => breakGlass(client, releaseId, glass),
    watch: (ref, options) => watchRelease(client, ref, options),
    awaitOutcome: (ref, options) => awaitOutcome(client, ref, options),
    close: () => Promise.resolve(),
  };
}

/** The API over the Temporal that `env` names; see {@link connectTemporal} for its errors. */
export async function connectReleases(env: Environment): Promise<Releases> {
  const connection = await connectTemporal(env);
  return { ...releasesOf(connection.client), close: () => connection.close() };
}
