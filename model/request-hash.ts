import { createHash } from 'node:crypto';
import type { ReleaseRequest } from './plan';

/**
 * What makes two requests for one commit the same: a second trigger attaches to a running release only if this is equal
 * (design section 4). Who asked is left out on purpose; the order of the environments is the plan's, never the caller's.
 */
export function requestHash(
  request: Pick<ReleaseRequest, 'purpose' | 'environments' | 'event' | 'allowOlder'>,
): string {
  const environments = [...new Set(request.environments)].sort();
  // The reason's wording does not change what is asked; whether an older commit may deploy does.
  const asked = [request.purpose, environments, request.event, request.allowOlder !== undefined];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
