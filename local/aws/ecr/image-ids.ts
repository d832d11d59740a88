import type { JsonObject } from '../contract';
import { integer, invalid, object, objects, text } from '../ecs/input';
import type { Repository } from './repositories';

/** How a caller names an image; a tag, a digest, or both. */
export interface ImageId {
  imageDigest: string | undefined;
  imageTag: string | undefined;
}

const FAILURES = {
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
  ImageNotFound: 'Requested image not found',
  ImageTagDoesNotMatchDigest: 'Requested image tag does not match the requested digest',
};

const MAX_PAGE = 1000;
const USUAL_PAGE = 100;

export function imageIds(input: JsonObject): ImageId[] | undefined {
  return objects(input, 'imageIds')?.map((id) => ({
    imageDigest: text(id, 'imageDigest'),
    imageTag: text(id, 'imageTag'),
  }));
}

/** The digest that an id names in a repository, or why it names none. */
export function findDigest(
  repository: Repository,
  id: ImageId,
): { digest: string } | { failure: keyof typeof FAILURES } {
  if (id.imageDigest === undefined && id.imageTag === undefined) return { failure: 'MissingDigestAndTag' };
  const tagged = repository.tags.get(id.imageTag ?? '');
  const digest = id.imageDigest ?? tagged;
  if (digest === undefined || !repository.images.has(digest)) return { failure: 'ImageNotFound' };
  return id.imageTag !== undefined && tagged !== digest ? { failure: 'ImageTagDoesNotMatchDigest' } : { digest };
}

/** Applies `act` to each image that the request names; ids that name none become the answer's `failures`. */
export function batch(
  input: JsonObject,
  repository: Repository,
  act: (digest: string, id: ImageId) => void,
): JsonObject[] {
  const ids = imageIds(input) ?? [];
  if (ids.length === 0 || ids.length > 100) throw invalid("Invalid parameter at 'imageIds': 1 to 100 are needed");
  const failures: JsonObject[] = [];
  for (const id of ids) {
    const found = findDigest(repository, id);
    if ('digest' in found) act(found.digest, id);
    else failures.push({ imageId: { ...id }, failureCode: found.failure, failureReason: FAILURES[found.failure] });
  }
  return failures;
}

export function tagsOf(repository: Repository, digest: string): string[] {
  return [...repository.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag);
}

/** Digest and tags of the images that pass the request's `filter.tagStatus`, oldest first. */
export function filtered(repository: Repository, input: JsonObject): { digest: string; tags: string[] }[] {
  const wanted = text(object(input, 'filter') ?? {}, 'tagStatus') ?? 'ANY';
  return [...repository.images.keys()]
    .map((digest) => ({ digest, tags: tagsOf(repository, digest) }))
    .filter(({ tags }) => wanted === 'ANY' || (wanted === 'TAGGED') === tags.length > 0);
}

/** One page of `all`, by `maxResults` and `nextToken` (the next position, which holds for the same request only). */
export function page<T>(all: readonly T[], input: JsonObject): { items: T[]; nextToken: string | undefined } {
  const size = integer(input, 'maxResults') ?? USUAL_PAGE;
  if (size < 1 || size > MAX_PAGE)
    throw invalid(`Invalid parameter at 'maxResults': must be between 1 and ${MAX_PAGE}`);
  const token = text(input, 'nextToken') ?? 'next:0';
  const start = Number(/^next:(\d+)$/.exec(token)?.[1]);
  if (Number.isNaN(start)) throw invalid("Invalid parameter at 'nextToken'");
  const end = start + size;
  return { items: all.slice(start, end), nextToken: end < all.length ? `next:${end}` : undefined };
}
