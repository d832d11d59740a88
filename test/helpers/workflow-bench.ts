import type { WorkflowHandle } from '@temporalio/client';
import type { ReleaseRequest } from '../../model/plan';
import type { FakeActivities } from './fake-activities';
import { changingWorld, startRelease } from './releases';
import type { TestServer } from './temporal';
import { startTestServer } from './temporal';

export interface WorkflowBench {
  /** From the first test on. */
  readonly server: TestServer;
  /** The world of the test that runs now. */
  readonly world: FakeActivities;
  /** Gives the same test another world. */
  renew(): void;
  start(request: ReleaseRequest): Promise<WorkflowHandle>;
}

/** A Temporal server and workers for one test file, and a fresh world for each of its tests. */
export function workflowBench(dynamicConfig?: Record<string, string>): WorkflowBench {
  const changing = changingWorld();
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(dynamicConfig);
    await server.work(changing.activities);
  });
  afterAll(() => server.stop());
  beforeEach(() => changing.renew());
  return {
    get server() {
      return server;
    },
    get world() {
      return changing.now;
    },
    renew: () => changing.renew(),
    start: (request) => startRelease(server.client, request),
  };
}
