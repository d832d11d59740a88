#!/usr/bin/env node
// Whether the worker of this container does its work: exits with 0 when Temporal has seen one of this host ask every task
// queue for tasks lately, and takes our search attributes: those that a worker has just registered are refused for some
// seconds, and with them every release. Finds Temporal as the worker does, by TEMPORAL_ADDRESS and its kin. Names of roles as
// arguments, as `sluice worker --role` takes them; all that releases need without any.
import { createRequire } from 'node:module';
import { hostname } from 'node:os';

const require = createRequire(import.meta.url);
const { connectTemporal } = require('../dist/client/connect.js');
const { NEEDED_ROLES, ROLES, TASK_QUEUES } = require('../dist/model/queues.js');
const { SEARCH_ATTRIBUTES } = require('../dist/model/search-attributes.js');

/** A poll is held for about a minute before it is repeated. */
const LATELY_MS = 120_000;
const CALL_LIMIT_MS = 5_000;
const ACTIVITY_QUEUE = 2; // temporal.api.enums.v1.TaskQueueType

const roles = process.argv.length > 2 ? process.argv.slice(2) : NEEDED_ROLES;
const queues = roles.flatMap((role) => ROLES[role]).map((queue) => TASK_QUEUES[queue]);

/** Only asked for its error: nothing is of this value. */
const everyAttribute = Object.keys(SEARCH_ATTRIBUTES)
  .map((name) => `${name} = 'none'`)
  .join(' AND ');

const { client, namespace, close } = await connectTemporal(process.env).catch(fail);
try {
  await client.connection.withDeadline(Date.now() + CALL_LIMIT_MS, async () => {
    for (const queue of queues) {
      const request = { namespace, taskQueue: { name: queue }, taskQueueType: ACTIVITY_QUEUE };
      const { pollers } = await client.workflowService.describeTaskQueue(request);
      if (!pollers.some(isOurs)) throw new Error(`no worker of ${hostname()} asks for tasks of ${queue}`);
    }
    await client.workflowService.countWorkflowExecutions({ namespace, query: everyAttribute });
  });
} catch (error) {
  fail(error);
} finally {
  await close();
}

function isOurs({ identity, lastAccessTime }) {
  const seenAt = Number(lastAccessTime?.seconds ?? 0) * 1000;
  return identity.includes(`@${hostname()} `) && Date.now() - seenAt < LATELY_MS;
}

function fail(error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
