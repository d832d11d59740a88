import { Connection } from '@temporalio/client';
import type { CliDeps } from '../../client/commands/deps';
import { bounded } from '../../client/calls';
import type { TemporalConnection } from '../../client/connect';
import { connectTemporal, isTemporalConfigured } from '../../client/connect';
import type { Role, TaskQueue } from '../../model/queues';
import { NEEDED_ROLES, ROLES, TASK_QUEUES } from '../../model/queues';
import { SEARCH_ATTRIBUTES } from '../../model/search-attributes';
import type { Examination, Seen } from './examination';
import { Trouble } from './trouble';

/** temporal.api.enums.v1.TaskQueueType */
const POLLED_FOR = { workflows: 1, activities: 2 } as const;
/** A worker asks again at least once a minute; Temporal lists one that is gone for five more. */
const POLLED_WITHIN_MS = 90_000;

/** Temporal, where one is configured: whether it answers, knows our search attributes, and has workers of every role. */
export async function examineTemporal(
  { check, skip }: Examination,
  deps: CliDeps,
  limitMs: number,
): Promise<{ configured: boolean }> {
  const configured = isTemporalConfigured(deps.env);
  const temporal = await check('Temporal', async (): Promise<Seen<TemporalConnection | null>> => {
    if (!configured) {
      return { found: 'embedded: none is configured, so `sluice run` starts its own', value: null };
    }
    const value = await connected(deps, limitMs);
    return { found: `${value.address}, namespace ${value.namespace}`, value };
  });
  if (temporal === null) return { configured };
  if (temporal === undefined) {
    for (const one of ['search attributes', 'workers']) skip(one, 'because of Temporal');
    return { configured };
  }
  try {
    await check('search attributes', () => searchAttributes(temporal, limitMs));
    await check('workers', () => workers(temporal, deps.now(), limitMs));
  } finally {
    await temporal.close();
  }
  return { configured };
}

async function connected({ env }: CliDeps, limitMs: number): Promise<TemporalConnection> {
  // Less than the check as a whole is given: its own sentence says more.
  const temporal = await connectTemporal(env, limitMs / 2);
  const { client, namespace } = temporal;
  try {
    await bounded(client, () => client.workflowService.describeNamespace({ namespace }), limitMs / 2);
    return temporal;
  } catch (error) {
    await temporal.close();
    throw error;
  }
}

async function searchAttributes({ client, namespace }: TemporalConnection, limitMs: number): Promise<Seen<true>> {
  const { connection } = client;
  if (!(connection instanceof Connection)) throw new Error('this connection cannot ask for search attributes');
  const ask = () => connection.operatorService.listSearchAttributes({ namespace });
  const { customAttributes } = await bounded(client, ask, limitMs);
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => customAttributes[name] === undefined);
  const [first] = missing;
  if (first === undefined) return { found: 'all registered', value: true };
  const [name, type] = first;
  throw new Trouble(
    `Namespace ${namespace} does not know ${missing.map(([one]) => one).join(', ')}; releases would stall.`,
    'Start a `sluice worker`, which registers them, or do it by hand, for each: ' +
      `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
  );
}

async function workers(temporal: TemporalConnection, now: number, limitMs: number): Promise<Seen<true>> {
  const absent: Role[] = [];
  for (const role of NEEDED_ROLES) {
    const queues: readonly TaskQueue[] = ROLES[role];
    const polled = await Promise.all(queues.map((queue) => isPolled(temporal, queue, now, limitMs)));
    if (polled.includes(false)) absent.push(role);
  }
  if (absent.length === 0) return { found: `for every role: ${NEEDED_ROLES.join(', ')}`, value: true };
  return {
    found: `none for ${absent.join(', ')}`,
    value: true,
    fix: `Start \`sluice worker --role ${absent.join(' ')}\`; until then releases wait.`,
  };
}

async function isPolled(
  { client, namespace }: TemporalConnection,
  queue: TaskQueue,
  now: number,
  limitMs: number,
): Promise<boolean> {
  const taskQueueType = queue === 'orchestrator' ? POLLED_FOR.workflows : POLLED_FOR.activities;
  const queues: TaskQueues = client.workflowService;
  const ask = () => queues.describeTaskQueue({ namespace, taskQueue: { name: TASK_QUEUES[queue] }, taskQueueType });
  const { pollers } = await bounded(client, ask, limitMs);
  return pollers.some(({ lastAccessTime }) => {
    const seconds = lastAccessTime?.seconds?.toNumber() ?? 0;
    return now - seconds * 1000 < POLLED_WITHIN_MS;
  });
}

/** The part of Temporal's workflow service that tells who polls; its enums are no dependency of ours. */
interface TaskQueues {
  describeTaskQueue(request: {
    namespace: string;
    taskQueue: { name: string };
    taskQueueType: number;
  }): Promise<{ pollers: { lastAccessTime?: { seconds?: { toNumber(): number } | null } | null }[] }>;
}
