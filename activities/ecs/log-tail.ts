import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { cancellationSignal } from '@temporalio/activity';
import { isJsonObject, objectsOf, textOf } from '../../model/json';
import type { JsonObject } from '../../model/json';
import { taskId } from '../../model/service-view';
import type { TaskView } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { containerToBlame } from '../../model/stopped-task';
import type { EcsContext } from './deps';

const LINES = 10;
const LINE_LENGTH = 300;

/**
 * The last lines that a stopped task wrote, for the cause of a failure: of the container that failed, through the
 * task definition's awslogs options. Empty where there is no such log, or it cannot be read: a cause without them is
 * better than none.
 */
export async function readLogTail(
  { clientsOf }: EcsContext,
  target: ServiceTarget,
  definition: JsonObject,
  task: TaskView,
): Promise<string[]> {
  const name = containerToBlame(task)?.name;
  const container = objectsOf(definition['containerDefinitions']).find((one) => one['name'] === name);
  const log = container?.['logConfiguration'];
  const options = isJsonObject(log) && log['logDriver'] === 'awslogs' ? log['options'] : undefined;
  if (name === undefined || !isJsonObject(options)) return [];
  const group = textOf(options['awslogs-group']);
  const prefix = textOf(options['awslogs-stream-prefix']);
  if (group === undefined || prefix === undefined) return [];
  const abortSignal = cancellationSignal();
  try {
    const answer = await clientsOf(target)
      .logs(textOf(options['awslogs-region']) ?? target.region)
      .send(
        new GetLogEventsCommand({
          logGroupName: group,
          logStreamName: `${prefix}/${name}/${taskId(task.arn)}`,
          limit: LINES,
          startFromHead: false,
        }),
        { abortSignal },
      );
    return (answer.events ?? []).map(({ message }) => plain(message ?? '')).filter((line) => line !== '');
  } catch {
    abortSignal.throwIfAborted();
    return [];
  }
}

/** Without colours and other control characters, which would do harm in a terminal. */
function plain(line: string): string {
  return stripControl(line).trim().slice(0, LINE_LENGTH);
}

function stripControl(line: string): string {
  return line.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u001f\u007f]/g, ' ');
}
