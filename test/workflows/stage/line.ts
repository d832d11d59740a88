import { setTimeout as sleep } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Workflow, WorkflowHandle } from '@temporalio/client';
import { environmentId } from '../../../model/ids';
import type {
  AskedAt,
  DeploymentOutcome,
  DeploymentRequest,
  EnvironmentState,
  RequestStanding,
} from '../../../model/messages';
import type { EnvironmentSpec } from '../../../model/plan';
import { TASK_QUEUES } from '../../../model/queues';
import type { FakeActivities } from '../../helpers/fake-activities';
import { changingWorld } from '../../helpers/releases';
import { deploymentRequest, environmentSpec } from '../../helpers/requests';
import type { TestServer } from '../../helpers/temporal';
import { startTestServer } from '../../helpers/temporal';
import { waitFor } from '../../helpers/wait-for';

/** An environment workflow on a real server, asked without releases: whoever is offered a turn takes it. */
export interface LineBench {
  readonly server: TestServer;
  readonly world: FakeActivities;
  /** A line of its own. */
  line(spec?: Partial<EnvironmentSpec>): TestLine;
}

export interface TestLine {
  handle: WorkflowHandle;
  ask(requestId: string, more?: Partial<DeploymentRequest>): Promise<RequestStanding>;
  standing(requestId: string): Promise<RequestStanding>;
  /** Waits for the outcome that the environment records. */
  end(requestId: string): Promise<DeploymentOutcome>;
  /** With `now`, as of then. */
  state(now?: number): Promise<EnvironmentState>;
  /** An update by name; a refusal rejects with its sentence. */
  say(update: string, asked?: object): Promise<EnvironmentState>;
}

export function lineBench(dynamicConfig?: Record<string, string>): LineBench {
  const changing = changingWorld();
  let server: TestServer;
  let lines = 0;
  beforeAll(async () => {
    server = await startTestServer(dynamicConfig);
    await server.work(() => ({ ...changing.activities(), offerTurn: async () => ({ wanted: true }) }));
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
    line(spec) {
      lines += 1;
      return testLine(server, `line-${lines}`, environmentSpec(spec));
    },
  };
}

function testLine({ client }: TestServer, project: string, environment: EnvironmentSpec): TestLine {
  const workflowId = environmentId(project, environment.name);
  const handle = client.workflow.getHandle(workflowId);
  const standing = (requestId: string): Promise<RequestStanding> =>
    handle.query<RequestStanding, [{ requestId: string }]>('standing', { requestId });
  return {
    handle,
    standing,
    ask: (requestId, more) =>
      heard(() =>
        client.workflow.executeUpdateWithStart<Workflow, RequestStanding, [DeploymentRequest]>('enqueue', {
          args: [
            deploymentRequest({
              requestId,
              project,
              environment,
              releaseId: `release:${project}:${requestId}`,
              commit: requestId.padEnd(40, '0'),
              ...more,
            }),
          ],
          startWorkflowOperation: new WithStartWorkflowOperation('environment', {
            workflowId,
            taskQueue: TASK_QUEUES.orchestrator,
            args: [{ project, name: environment.name }],
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        }),
      ),
    end: (requestId) =>
      waitFor(`the end of ${requestId}`, async () => {
        const found = await standing(requestId);
        return found.kind === 'ended' && found.outcome;
      }),
    state: (now) => handle.query<EnvironmentState, [AskedAt]>('state', now === undefined ? {} : { now }),
    async say(update, asked) {
      try {
        return await heard(() => handle.executeUpdate<EnvironmentState, [object]>(update, { args: [asked ?? {}] }));
      } catch (error) {
        throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
      }
    },
  };
}

/** The server takes no update in the moment in which a run ends and the next one begins: a client asks again. */
async function heard<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError || attempt === 20) throw error;
      await sleep(50);
    }
  }
}

/** How a rollback by hand asks. */
export function byHand(reason: string): Partial<DeploymentRequest> {
  return { rollback: { taskDefinitions: { api: 'arn:td/shop:1' }, reason } };
}

/** Types of the events of the newest run. */
export async function eventTypes(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map(
    (event) =>
      Object.keys(event)
        .find((key) => key.endsWith('EventAttributes'))
        ?.replace('EventAttributes', '') ?? '',
  );
}
