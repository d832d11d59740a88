import type { EnvironmentData } from '../../model/environment-data';
import { emptyEnvironment } from '../../model/environment-data';
import { enqueue } from '../../model/environment-queue';
import type { DeploymentRequest } from '../../model/messages';
import type { EnvironmentSpec } from '../../model/plan';
import { deploymentRequest, environmentSpec } from '../helpers/requests';

/** A moment like any other: Monday, 23 November 2026, 11:00 in Berlin. */
export const NOW = Date.UTC(2026, 10, 23, 10);
export const HOUR_MS = 3_600_000;

/** A request of a release and a commit of its own. */
export function request(
  requestId: string,
  more: Partial<DeploymentRequest> = {},
  spec: Partial<EnvironmentSpec> = {},
): DeploymentRequest {
  return deploymentRequest({
    requestId,
    releaseId: `release:shop:${requestId}`,
    commit: requestId.padEnd(40, '0'),
    environment: environmentSpec(spec),
    ...more,
  });
}

export function rollback(requestId: string): DeploymentRequest {
  return request(requestId, { rollback: { taskDefinitions: { api: 'td:1' }, reason: 'checkout is broken' } });
}

export function lineOf(...requests: DeploymentRequest[]): EnvironmentData {
  return requests.reduce((data, next) => enqueue(data, next, NOW), emptyEnvironment());
}

/** As continue-as-new makes it. */
export function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
