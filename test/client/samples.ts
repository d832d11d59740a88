import type { ReleaseSnapshot } from '../../client/release-events';
import type { DeploymentStatus, GateStatus, PhaseName, PhaseStatus, ReleaseStatus } from '../../model/messages';

// Plain values that tests change where it matters to them.

export const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f80911223344';

export const CONFIG = `project: shop-api
gates:
  tests:
    run: npm test
image:
  repository: shop-api
  region: eu-west-1
  builder: pack
  files: ['src/**']
  command: [node, src/server.mjs]
environments:
  production:
    region: eu-west-1
    cluster: production
    services:
      api:
        container: api
        health:
          http: http://127.0.0.1:8080/health
`;

export function phase(name: PhaseName, change: Partial<PhaseStatus> = {}): PhaseStatus {
  return { phase: name, state: 'running', detail: '', startedAt: 1, ...change };
}

export function gate(name: string, change: Partial<GateStatus> = {}): GateStatus {
  return { gate: name, state: 'running', cause: '', ...change };
}

export function release(change: Partial<ReleaseStatus> = {}): ReleaseStatus {
  return {
    project: 'shop-api',
    purpose: 'release',
    commit: COMMIT,
    actor: 'ann',
    requestHash: 'abc',
    phases: [],
    gates: [],
    ...change,
  };
}

export function deployment(change: Partial<DeploymentStatus> = {}): DeploymentStatus {
  return {
    requestId: 'run/production',
    releaseId: `release:shop-api:${COMMIT}`,
    commit: COMMIT,
    environment: 'production',
    phases: [],
    aborting: false,
    ...change,
  };
}

export function snapshot(change: Partial<ReleaseSnapshot> = {}): ReleaseSnapshot {
  return { at: 1, release: release(), activities: [], ...change };
}
