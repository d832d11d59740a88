import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../model/search-attributes';

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { Keyword: 2, KeywordList: 7 };
const CALL_LIMIT_MS = 10_000;

/**
 * Makes sure that the namespace knows our search attributes: a missing one would stall a workflow without failing it.
 *
 * Adds what is missing; repeating it changes nothing. Where that is not allowed (Temporal Cloud) it throws an Error with
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
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
    await call(() => operatorService.addSearchAttributes({ namespace, searchAttributes }));
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

/** The part of a full connection that a plain `ConnectionLike` does not promise. */
interface OperatorConnection {
  operatorService: {
    listSearchAttributes: (request: { namespace: string }) => Promise<{ customAttributes: Record<string, unknown> }>;
    addSearchAttributes: (request: { namespace: string; searchAttributes: Record<string, number> }) => Promise<unknown>;
  };
}
