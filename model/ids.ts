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
