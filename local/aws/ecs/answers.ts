import type { JsonObject } from '../contract';
import { integer, invalid, text, texts } from '../input';

/** Times as AWS's JSON protocol writes them: epoch seconds. */
export function inSeconds(times: Record<string, number | undefined>): Record<string, number | undefined> {
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, ms === undefined ? ms : ms / 1000]));
}

/** Cuts out the page that `maxResults` and `nextToken` ask for. The token is the next position, for the same request only. */
export function page<T>(all: readonly T[], input: JsonObject): { items: T[]; nextToken: string | undefined } {
  const size = integer(input, 'maxResults') ?? 100;
  const start = Number(text(input, 'nextToken') ?? 0);
  if (size < 1 || size > 100 || !Number.isInteger(start)) throw invalid('Invalid maxResults (1 to 100) or nextToken.');
  const end = start + size;
  return { items: all.slice(start, end), nextToken: end < all.length ? String(end) : undefined };
}

/** What a Describe* action answers for the names that `key` lists: views of those found, failures for the rest. */
export function describeEach<T>(
  input: JsonObject,
  key: string,
  by: {
    most: number;
    find: (name: string) => T | undefined;
    arn?: (name: string) => string;
    view: (item: T) => JsonObject;
    /** The member that answers the views, if it is not `key`. */
    as?: string;
  },
): JsonObject {
  const names = texts(input, key) ?? [];
  if (names.length === 0 || names.length > by.most) throw invalid(`${key} must have 1 to ${by.most} elements.`);
  const found: JsonObject[] = [];
  const failures: JsonObject[] = [];
  for (const name of new Set(names)) {
    const item = by.find(name);
    if (item === undefined) failures.push({ arn: by.arn?.(name) ?? name, reason: 'MISSING' });
    else found.push(by.view(item));
  }
  return { [by.as ?? key]: found, failures };
}
