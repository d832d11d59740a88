import { GetLogEventsCommand, paginateGetLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { createLogs } from '../../../local/aws/logs';
import { openHarness } from './harness';
import type { Harness } from './harness';

let local: Harness;
beforeAll(async () => {
  local = await openHarness();
  for (let i = 0; i < 7; i++) local.core.logs.append('/ecs/api', 'api/app/1', `line ${i}`, 1_000 + i);
});
afterAll(() => local.close());

const stream = { logGroupName: '/ecs/api', logStreamName: 'api/app/1' };
const messages = (answer: { events?: { message?: string | undefined }[] | undefined }) =>
  answer.events?.map(({ message }) => message);

it('answers the latest events unless asked for the first', async () => {
  expect(messages(await local.logs.send(new GetLogEventsCommand({ ...stream, limit: 2 })))).toEqual([
    'line 5',
    'line 6',
  ]);
  const first = await local.logs.send(new GetLogEventsCommand({ ...stream, limit: 2, startFromHead: true }));
  expect(messages(first)).toEqual(['line 0', 'line 1']);
  expect(first.events?.[0]).toMatchObject({ timestamp: 1_000, ingestionTime: expect.any(Number) as number });
});

it('goes on in both directions, and answers the same token at the end', async () => {
  const get = (nextToken: string | undefined) =>
    local.logs.send(new GetLogEventsCommand({ ...stream, limit: 4, startFromHead: true, nextToken }));
  const first = await get(undefined);
  const second = await get(first.nextForwardToken);
  expect(messages(second)).toEqual(['line 4', 'line 5', 'line 6']);
  const end = await get(second.nextForwardToken);
  expect(messages(end)).toEqual([]);
  expect(end.nextForwardToken).toBe(second.nextForwardToken);
  expect(messages(await get(second.nextBackwardToken))).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
});

it('ends the paginator of the SDK', async () => {
  const seen: (string | undefined)[] = [];
  const pages = paginateGetLogEvents(
    { client: local.logs, stopOnSameToken: true },
    { ...stream, limit: 3, startFromHead: true },
  );
  for await (const page of pages) seen.push(...(messages(page) ?? []));
  expect(seen).toHaveLength(7);
});

it('filters by time: from start inclusive to end exclusive', async () => {
  const within = new GetLogEventsCommand({ ...stream, startTime: 1_002, endTime: 1_004 });
  expect(messages(await local.logs.send(within))).toEqual(['line 2', 'line 3']);
});

it.each([
  [{ logGroupName: '/none', logStreamName: 'x' }, 'The specified log group does not exist.'],
  [{ logGroupName: '/ecs/api', logStreamName: 'x' }, 'The specified log stream does not exist.'],
])('answers ResourceNotFoundException for %j', async (input, message) => {
  const error = { name: 'ResourceNotFoundException', message };
  await expect(local.logs.send(new GetLogEventsCommand(input))).rejects.toMatchObject(error);
});

it('lets the oldest events go, and keeps tokens true meanwhile', async () => {
  const logs = createLogs(3);
  const call = { requestId: 'r', accessKeyId: undefined, region: 'eu-west-1' };
  const input = { logGroupName: 'g', logStreamName: 's', startFromHead: true };
  const append = (from: number, to: number) => {
    for (let i = from; i < to; i++) logs.sink.append('g', 's', `line ${i}`, i);
  };
  append(0, 3);
  const first = await logs.service.actions['GetLogEvents']!(input, call);
  append(3, 5);
  const next = await logs.service.actions['GetLogEvents']!({ ...input, nextToken: first['nextForwardToken'] }, call);
  expect(next['events']).toMatchObject([{ message: 'line 3' }, { message: 'line 4' }]);
  const all = await logs.service.actions['GetLogEvents']!(input, call);
  expect(all['events']).toMatchObject([{ message: 'line 2' }, { message: 'line 3' }, { message: 'line 4' }]);
});
