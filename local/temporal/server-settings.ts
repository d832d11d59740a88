import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const CALL_LIMIT_MS = 5_000;
const POLL_MS = 50;
const DAY_S = 86_400;

/** `IndexedValueType` of temporal/api/enums/v1/common.proto, under the names that the CLI uses. */
const typeNumbers = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;
export type SearchAttributeType = keyof typeof typeNumbers;
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

export interface ServerSettings {
  namespace: string;
  searchAttributes: SearchAttributes;
  retentionDays: number;
}

/**
 * Waits until the server at `address` serves the namespace, and sets what must be set on it: the retention, and search
 * attributes that it does not have yet. Answers whether any were added: start-dev registers those of its command line
 * only while it creates a database, and ones added later are not known to all of the server until it is restarted.
 * Repeating it changes nothing. Rejects when `signal` aborts, or when an attribute is there with another type.
 */
export async function applySettings(
  address: string,
  { namespace, searchAttributes, retentionDays }: ServerSettings,
  signal: AbortSignal,
): Promise<{ attributesAdded: boolean }> {
  const connection = await Connection.connect({ address, connectTimeout: CALL_LIMIT_MS });
  const call = <T>(request: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + CALL_LIMIT_MS, () => connection.withAbortSignal(signal, request));
  try {
    // The seconds are a Long by their type; the encoder takes a number as well.
    const config: object = { workflowExecutionRetentionTtl: { seconds: retentionDays * DAY_S } };
    await untilServing(signal, () => call(() => connection.workflowService.updateNamespace({ namespace, config })));
    const { customAttributes } = await call(() => connection.operatorService.listSearchAttributes({ namespace }));
    const missing = Object.entries(searchAttributes).filter(([name, type]) => {
      const found: number | undefined = customAttributes[name];
      if (found !== undefined && found !== typeNumbers[type]) {
        throw new Error(
          `the search attribute ${name} of this Temporal database is not of type ${type}: use another state folder`,
        );
      }
      return found === undefined;
    });
    if (missing.length === 0) return { attributesAdded: false };
    const added = Object.fromEntries(missing.map(([name, type]) => [name, typeNumbers[type]]));
    await call(() => connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added }));
    return { attributesAdded: true };
  } finally {
    await connection.close();
  }
}

/** The port answers before the services behind it do, so a refusal is only a reason to ask again. */
async function untilServing(signal: AbortSignal, request: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await request();
      return;
    } catch {
      await sleep(POLL_MS, undefined, { signal });
    }
  }
}
