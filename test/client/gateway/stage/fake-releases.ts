import { randomUUID } from 'node:crypto';
import type { GatewayReleases } from '../../../../client/gateway/world';
import type { ReleaseEnd } from '../../../../client/release-end';
import { releaseId } from '../../../../model/ids';
import type { ReleaseStatus } from '../../../../model/messages';

export interface FakeReleases {
  releases: GatewayReleases;
  /** Everything that was written, in order: name and arguments. */
  writes: [string, ...unknown[]][];
  status: ReleaseStatus;
  runId: string;
  end?: ReleaseEnd;
  /** What the next calls throw instead of an answer. */
  trouble?: Error | undefined;
  looks: number;
}

/** Stands in for Temporal: one release of `project`, running, that waits for approval of production. */
export function fakeReleases(): FakeReleases {
  const fake: FakeReleases = {
    writes: [],
    looks: 0,
    runId: randomUUID(),
    status: {
      project: 'shop',
      purpose: 'release',
      commit: '',
      actor: 'github:octocat',
      requestHash: '',
      phases: [{ phase: 'gates', state: 'running', detail: '1 of 2', startedAt: 1 }],
      gates: [],
      waitingForApproval: { environment: 'production', minimum: 1, approvedBy: [], expiresAt: 0, changes: [] },
    },
    releases: {
      async start(request) {
        write('start', request);
        const { purpose, project, commit } = request;
        return { workflowId: releaseId(purpose, project, commit), runId: fake.runId, attached: false };
      },
      async approve(...args) {
        write('approve', ...args);
        return fake.status;
      },
      async reject(...args) {
        write('reject', ...args);
        return fake.status;
      },
      async abort(...args) {
        write('abort', ...args);
        return { by: 'release', status: fake.status };
      },
      async status() {
        if (fake.trouble) throw fake.trouble;
        return fake.status;
      },
      async summary({ workflowId }) {
        if (fake.trouble) throw fake.trouble;
        const status = fake.end === undefined ? 'RUNNING' : 'FAILED';
        return { workflowId, runId: fake.runId, status, startedAt: 1 };
      },
      async snapshot() {
        fake.looks += 1;
        return { at: Date.now(), release: fake.status, activities: [] };
      },
      async awaitOutcome() {
        if (fake.end === undefined) throw new Error('the release runs');
        return fake.end;
      },
    },
  };
  const write = (name: string, ...args: unknown[]): void => {
    fake.writes.push([name, ...args]);
    if (fake.trouble) throw fake.trouble;
  };
  return fake;
}
