import type { Purpose } from './plan';

/** Workflow ids (design section 4). The server refuses a second open workflow under the same id: these are our fences. */

export function releaseId(purpose: Purpose, project: string, commit: string): string {
  return `${purpose}:${project}:${commit}`;
}

export function environmentId(project: string, environment: string): string {
  return `environment:${project}:${environment}`;
}

export function deploymentId(project: string, environment: string): string {
  return `deployment:${project}:${environment}`;
}

/** A release run again after its end is a new request: hence the run id, not the workflow id. */
export function requestId(firstExecutionRunId: string, environment: string): string {
  return `${firstExecutionRunId}/${environment}`;
}

/** `key` is the caller's: repeating it repeats nothing. */
export function rollbackId(project: string, environment: string, key: string): string {
  return `rollback:${project}:${environment}:${key}`;
}

export function isRollbackId(workflowId: string): boolean {
  return workflowId.startsWith('rollback:');
}

/** One at a time is enough; a schedule's runs add their time. */
export function rehearsalId(project: string, environment: string): string {
  return `rehearsal:${project}:${environment}`;
}

/** Of what tells GitHub of a release. */
export function reporterId(releaseId: string): string {
  return `report:${releaseId}`;
}
