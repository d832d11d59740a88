import type { JsonObject } from '../contract';
import { integer, invalid, text, texts } from './input';

/**
 * Cuts the page out of `all` that `maxResults` and `nextToken` of the request ask for.
 * The token is the next position; it means something only for the same request.
 */
export function page<T>(
  all: readonly T[],
  input: JsonObject,
  usual = 100,
): { items: T[]; nextToken: string | undefined } {
  const size = integer(input, 'maxResults') ?? usual;
  if (size < 1 || size > 100) throw invalid('maxResults must be between 1 and 100.');
  const start = position(text(input, 'nextToken'));
  const end = start + size;
  const nextToken = end < all.length ? Buffer.from(`next:${end}`).toString('base64url') : undefined;
  return { items: all.slice(start, end), nextToken };
}

function position(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^next:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw invalid('Invalid token.');
  return Number(match[1]);
}

/**
 * What a Describe* action answers for the names that `key` lists: the views of those found, failures for the rest.
 * InvalidParameterException for none, or for more than `most`.
 */
export function describeEach<T>(
  input: JsonObject,
  key: string,
  most: number,
  by: { find: (name: string) => T | undefined; arn: (name: string) => string; view: (item: T) => JsonObject },
): { found: JsonObject[]; failures: JsonObject[] } {
  const names = texts(input, key) ?? [];
  if (names.length === 0) throw invalid(`${key} cannot be empty.`);
  if (names.length > most) throw invalid(`${key} cannot have more than ${most} elements.`);
  const found = new Map(names.map((name) => [name, by.find(name)]));
  return {
    found: [...found.values()].flatMap((item) => (item === undefined ? [] : [by.view(item)])),
    failures: names
      .filter((name) => found.get(name) === undefined)
      .map((name) => ({ arn: by.arn(name), reason: 'MISSING' })),
  };
}
