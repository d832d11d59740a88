import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** Which belong to the worker itself, however many workflows there are: it asks for work, and says that it lives. */
const OF_THE_WORKER = /^(Poll|GetSystemInfo$|DescribeNamespace$|RecordWorkerHeartbeat$|ShutdownWorker$)/;

/** Core's counters that are about workflows and activities (https://docs.temporal.io/references/sdk-metrics). */
const COUNTERS = [
  'temporal_request',
  'temporal_request_failure',
  'temporal_workflow_task_queue_poll_succeed',
  'temporal_workflow_task_execution_latency_count',
  'temporal_activity_execution_latency_count',
];

/** Installs the SDK's runtime with its metrics on this port of loopback: once in a process, before anything native. */
export function countCalls(port: number): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      metrics: { prometheus: { bindAddress: `127.0.0.1:${port}` } },
    },
  });
}

/** How often the workers asked Temporal for anything about a workflow, and worked on one; by counter and labels. */
export async function countedCalls(port: number): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text())
    .split('\n')
    .filter((line) => COUNTERS.some((name) => line.startsWith(`${name}{`)));
  const counts = lines.map((line): [string, number] => {
    const [, labels = '', count = ''] = /^([^ ]+\{.*\}) ([0-9.e+]+)$/.exec(line) ?? [];
    return [labels, Number(count)];
  });
  return Object.fromEntries(counts.filter(([labels]) => !OF_THE_WORKER.test(operationOf(labels))));
}

function operationOf(labels: string): string {
  return /operation="([^"]*)"/.exec(labels)?.[1] ?? '';
}
