import { AwsError } from './contract';
import type { JsonObject, JsonService, LogSink } from './contract';
import { flag, integer, invalid, requiredText, text } from './input';

const MAX_PAGE = 10_000;
/** Oldest events go first. A task that logs without end must not take the memory of the process that hosts everything else. */
const EVENTS_PER_STREAM = 20_000;

/** `at` is the position in the stream's whole history. */
interface LogEvent {
  at: number;
  timestamp: number;
  message: string;
  ingestionTime: number;
}

/** Log groups in memory. Appending makes group and stream as needed, as `awslogs-create-group` would. */
export function createLogs(eventsPerStream = EVENTS_PER_STREAM): { service: JsonService; sink: LogSink } {
  const groups = new Map<string, Map<string, LogEvent[]>>();

  const sink: LogSink = {
    append(groupName, streamName, message, timestampMs) {
      const group = groups.get(groupName) ?? new Map<string, LogEvent[]>();
      groups.set(groupName, group);
      const events = group.get(streamName) ?? [];
      group.set(streamName, events);
      const at = (events.at(-1)?.at ?? -1) + 1;
      events.push({ at, timestamp: timestampMs, message, ingestionTime: Date.now() });
      if (events.length > eventsPerStream) events.shift();
    },
  };

  const actions: JsonService['actions'] = {
    GetLogEvents(input) {
      const group = groups.get(requiredText(input, 'logGroupName'));
      if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      const stream = group.get(requiredText(input, 'logStreamName'));
      if (!stream) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
      return pageOfEvents(stream, input);
    },
  };
  return { service: { name: 'logs', targetPrefix: 'Logs_20140328', actions }, sink };
}

/**
 * One page, from the head or the tail or from a token on. Tokens are positions in the stream's whole history, so they
 * hold while events are appended; at an end of the stream the token given is answered again, which is how readers see it.
 */
function pageOfEvents(events: LogEvent[], input: JsonObject): JsonObject {
  const from = integer(input, 'startTime') ?? -Infinity;
  const until = integer(input, 'endTime') ?? Infinity;
  const limit = integer(input, 'limit') ?? MAX_PAGE;
  if (limit < 1 || limit > MAX_PAGE) throw invalid(`limit must be between 1 and ${MAX_PAGE}.`);
  const tail = `b/${(events.at(-1)?.at ?? -1) + 1}`;
  const token = text(input, 'nextToken') ?? (flag(input, 'startFromHead') ? 'f/0' : tail);
  const [, direction, digits] = /^([fb])\/(\d+)$/.exec(token) ?? [];
  if (!direction) throw invalid('The specified nextToken is invalid.');
  const position = Number(digits);
  const isForward = direction === 'f';

  const seen = events
    .filter(({ at }) => (isForward ? at >= position : at < position))
    .filter(({ timestamp }) => timestamp >= from && timestamp < until);
  const page = isForward ? seen.slice(0, limit) : seen.slice(-limit);
  const last = page.at(-1);
  return {
    events: page.map(({ at: _at, ...event }) => event),
    nextForwardToken: `f/${last ? last.at + 1 : position}`,
    nextBackwardToken: `b/${page[0]?.at ?? position}`,
  };
}
