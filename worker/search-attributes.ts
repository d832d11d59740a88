import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../model/search-attributes';

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { Keyword: 2, KeywordList: 7 };
const CALL_LIMIT_MS = 10_000;
/** The parts of a server that start workflows read the list of attributes again about once in this time. */
const KNOWN_WITHIN_MS = 60_000;
const BETWEEN_QUESTIONS_MS = 500;

/**
 * Makes sure that the namespace knows our search attributes: a missing one would stall a workflow without failing it.
 *
 * Adds what is missing and waits until the server takes them; repeating it changes nothing. Where that is not allowed (Temporal Cloud) it throws an Error with
 * the commands that do it.
 */
export async function ensureSearchAttributes(connection: Client['connection'], namespace: string): Promise<void> {
  const wanted = Object.entries(SEARCH_ATTRIBUTES);
  const call = <T>(request: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + CALL_LIMIT_MS, request);
  const { operatorService } = connection as unknown as OperatorConnection;
  try {
    const { customAttributes } = await call(() => operatorService.listSearchAttributes({ namespace }));
    const missing = wanted.filter(([name]) => customAttributes[name] === undefined);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
      await call(() => operatorService.addSearchAttributes({ namespace, searchAttributes }));
    }
    // Another worker may have added them a moment ago, so this is asked in any case.
    await untilTaken((query) => call(() => connection.workflowService.countWorkflowExecutions({ namespace, query })));
  } catch (error) {
    const commands = wanted.map(
      ([name, type]) =>
        `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
    );
    throw new Error(
      `The search attributes of Sluice could not be checked in namespace ${namespace} (${String(error)}); make sure that they exist:\n${commands.join('\n')}`,
      { cause: error },
    );
  }
}

/** A start that carries an attribute which the server does not know yet is refused; so is a question about one. */
async function untilTaken(count: (query: string) => Promise<unknown>): Promise<void> {
  const query = Object.keys(SEARCH_ATTRIBUTES)
    .map((name) => `${name} = 'asked by a worker'`)
    .join(' AND ');
  for (const giveUp = Date.now() + KNOWN_WITHIN_MS; ;) {
    try {
      await count(query);
      return;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await sleep(BETWEEN_QUESTIONS_MS);
    }
  }
}

/** The part of a full connection that a plain `ConnectionLike` does not promise. */
interface OperatorConnection {
  operatorService: {
    listSearchAttributes: (request: { namespace: string }) => Promise<{ customAttributes: Record<string, unknown> }>;
    addSearchAttributes: (request: { namespace: string; searchAttributes: Record<string, number> }) => Promise<unknown>;
  };
}
