// Many deployments through one environment workflow, on a real Temporal server; each ends at once, so that only the line
// itself is measured. `--deployments N` (default 500). 10,000 of them are the full figure.
import { parseArgs } from 'node:util';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { RequestStanding } from '../../model/messages';
import { installRuntime } from '../../worker/telemetry';
import { waitFor } from '../helpers/wait-for';
import { conclude, median, table } from './report';
import type { QueueBench } from './stage/queue-bench';
import { DEPLOYMENT_ID, ENVIRONMENT_ID, startQueueBench } from './stage/queue-bench';

const DEPLOYMENTS = 500;
/** So many wait at once: enough that the line never runs dry. */
const IN_LINE = 20;
/** Node takes memory for granted before it tidies up: these come first and are not counted. */
const WARM_UP = 100;
const DEPLOYMENT_LIMIT_MS = 30_000;
/** The environment continues as new from 2,000 events on; what it is doing just then it finishes first. */
const MOST_EVENTS = 2_000 + 100;
/** Tenths of a run differ by what Node has not tidied up yet. */
const MOST_GROWTH = 1.25;
const MEGABYTE = 1_000_000;

interface Sample {
  /** Deployments asked for so far. */
  count: number;
  bytes: number;
}

/** Asks one after the other, so that there is an order to keep, and samples what the worker's process takes. */
async function feed(bench: QueueBench, total: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let count = 0; count < total; count += 1) {
    // In this process, so that looking costs the worker nothing.
    await waitFor('the line to move', () => count - bench.offered.length < IN_LINE, DEPLOYMENT_LIMIT_MS);
    await bench.ask(`r${count}`);
    if (count >= WARM_UP) samples.push({ count, bytes: process.memoryUsage().rss });
    if (count % 500 === 499) process.stderr.write(`${count + 1} of ${total} asked for\n`);
  }
  const asked = { requestId: `r${total - 1}` };
  await waitFor(
    'the last end',
    async () => (await bench.line.query<RequestStanding, [typeof asked]>('standing', asked)).kind === 'ended',
    IN_LINE * DEPLOYMENT_LIMIT_MS,
  );
  return samples;
}

/** All runs of a workflow id, oldest first, once visibility has caught up. */
async function runsOf({ client }: QueueBench, workflowId: string, atLeast: number): Promise<WorkflowExecutionInfo[]> {
  return waitFor(`the record of ${workflowId}`, async () => {
    const found: WorkflowExecutionInfo[] = [];
    for await (const info of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) found.push(info);
    const closed = found.filter(({ status }) => status.name !== 'RUNNING');
    return closed.length >= atLeast && found.sort((one, other) => Number(one.startTime) - Number(other.startTime));
  });
}

function isOneAfterTheOther(runs: readonly WorkflowExecutionInfo[]): boolean {
  return runs.every(({ startTime }, index) => index === 0 || Number(runs[index - 1]?.closeTime) <= Number(startTime));
}

function rssOf(samples: readonly Sample[], from: number, until: number): number {
  const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * until));
  return median(part.map(({ bytes }) => bytes));
}

async function main(): Promise<void> {
  installRuntime('ERROR', (line) => process.stderr.write(`${line}\n`));
  const { values } = parseArgs({ options: { deployments: { type: 'string', default: String(DEPLOYMENTS) } } });
  const counted = Number(values.deployments);
  if (!Number.isInteger(counted) || counted < 10) throw new Error('--deployments needs a whole number from 10');
  const total = counted + WARM_UP;
  const bench = await startQueueBench();
  try {
    const startedAt = performance.now();
    const samples = await feed(bench, total);
    const ms = performance.now() - startedAt;
    const deployments = await runsOf(bench, DEPLOYMENT_ID, total);
    const environments = await runsOf(bench, ENVIRONMENT_ID, 0);
    const { historyLength: last } = await bench.line.describe();
    tell({
      counted,
      ms: ms / total,
      isOrderKept:
        bench.offered.length === total &&
        bench.offered.every((requestId, index) => requestId === `r${index}`) &&
        isOneAfterTheOther(deployments),
      runs: environments.length,
      events: Math.max(last, ...environments.map(({ historyLength }) => historyLength)),
      first: rssOf(samples, 0, 0.1),
      last: rssOf(samples, 0.9, 1),
    });
  } finally {
    await bench.close();
  }
}

interface Figures {
  counted: number;
  /** Milliseconds for one deployment. */
  ms: number;
  isOrderKept: boolean;
  /** Runs of the environment workflow. */
  runs: number;
  /** Of its longest run. */
  events: number;
  /** Bytes that the process took in the first and in the last tenth. */
  first: number;
  last: number;
}

function tell({ counted, ms, isOrderKept, runs, events, first, last }: Figures): void {
  const growth = last / first;
  const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`;
  process.stdout.write(
    `${table([
      [`${counted} deployments through one environment (and ${WARM_UP} before)`, '', 'at most'],
      ['one deployment', `${ms.toFixed(0)} ms`, ''],
      ['order kept, never two at once', isOrderKept ? 'yes' : 'NO', ''],
      ['runs of the environment', `${runs}`, ''],
      ['events of its longest run', `${events}`, `${MOST_EVENTS}`],
      ['memory of the worker, first tenth', megabytes(first), ''],
      ['memory of the worker, last tenth', megabytes(last), megabytes(first * MOST_GROWTH)],
      ['ratio', growth.toFixed(2), `${MOST_GROWTH}`],
    ])}\n\n`,
  );
  conclude(
    {
      bench: 'queue',
      deployments: counted,
      msEach: Math.round(ms),
      orderKept: isOrderKept,
      runs,
      mostEvents: events,
      rssMb: { first: Math.round(first / MEGABYTE), last: Math.round(last / MEGABYTE) },
    },
    [
      { what: 'the order is kept, and never two at once', held: isOrderKept },
      { what: `no run of the environment has more than ${MOST_EVENTS} events`, held: events <= MOST_EVENTS },
      { what: 'the environment continued as new', held: runs > 1 },
      { what: `memory grows by at most a factor of ${MOST_GROWTH}`, held: growth <= MOST_GROWTH },
    ],
  );
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
});
