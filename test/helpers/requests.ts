import type { DeploymentOutcome, DeploymentRequest } from '../../model/messages';
import type { EnvironmentSpec, Plan, ReleaseRequest } from '../../model/plan';

/** Well-formed values with sensible contents; a test names only what it is about. */

export const COMMIT = 'a'.repeat(40);

export function environmentSpec(more: Partial<EnvironmentSpec> = {}): EnvironmentSpec {
  return {
    name: 'production',
    region: 'eu-west-1',
    cluster: 'production',
    services: [
      {
        service: 'api',
        container: 'api',
        environment: {},
        from: 'live',
        health: { kind: 'digest', times: 1, intervalMs: 100, withinMs: 5_000 },
        stableWithinMs: 60_000,
        failAfterStops: 2,
        allowZeroTasks: false,
      },
    ],
    ...more,
  };
}

export function deploymentRequest(more: Partial<DeploymentRequest> = {}): DeploymentRequest {
  return {
    requestId: 'run-1/production',
    releaseId: `release:shop:${COMMIT}`,
    project: 'shop',
    repository: '/repositories/shop',
    commit: COMMIT,
    actor: 'ann',
    planHash: 'plan',
    environment: environmentSpec(),
    imageReference: `127.0.0.1:5000/shop@sha256:${'1'.repeat(64)}`,
    imageDigest: `sha256:${'1'.repeat(64)}`,
    ...more,
  };
}

export function deploymentOutcome(more: Partial<DeploymentOutcome> = {}): DeploymentOutcome {
  return {
    requestId: 'run-1/production',
    environment: 'production',
    outcome: 'released',
    cause: 'it runs',
    commit: COMMIT,
    ...more,
  };
}

export function releaseRequest(more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    purpose: 'release',
    project: 'shop',
    repository: '/repositories/shop',
    commit: COMMIT,
    environments: [],
    event: 'manual',
    actor: 'ann',
    ...more,
  };
}

export function plan(more: Partial<Plan> = {}): Plan {
  return {
    project: 'shop',
    purpose: 'release',
    repository: '/repositories/shop',
    branch: 'main',
    commit: COMMIT,
    treeHash: 'b'.repeat(40),
    configCommit: COMMIT,
    gates: [
      { name: 'tests', kind: 'run', needs: [], timeoutMs: 60_000, setup: [], run: 'npm test', environment: {} },
      { name: 'secrets', kind: 'secretlint', needs: [], timeoutMs: 60_000 },
    ],
    image: {
      repository: 'shop',
      region: 'eu-west-1',
      timeoutMs: 60_000,
      build: {
        builder: 'pack',
        files: ['**'],
        exclude: [],
        workdir: '/app',
        command: ['node', 'server.js'],
        environment: {},
        platform: 'linux/amd64',
      },
    },
    environments: [environmentSpec()],
    hash: 'plan',
    ...more,
  };
}
