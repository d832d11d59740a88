import { shortCommit, shortDigest } from './commit';
import type { RevisionTags } from './revision-tags';
import { familyOf, revisionName } from './service-view';

/** A task definition that somebody wants back, as ECS shows it. */
export interface EarlierRevision {
  arn: string;
  /** `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`. */
  status: string;
  tags: RevisionTags;
  /** That its container of ours runs, as far as its image is pinned. */
  digest?: string | undefined;
}

/** What it must be, for a rollback by hand. */
export interface WantedRevision {
  commit: string;
  digest: string;
}

/**
 * Why a task definition is not one that a rollback by hand may deploy to a service, or undefined where it is: of the
 * service's own family, verified by us as this commit with this image, and still deployable. `live` is what the service
 * runs, if it runs anything.
 */
export function whyNotReturnable(
  live: string | undefined,
  { arn, status, tags, digest }: EarlierRevision,
  wanted: WantedRevision,
): string | undefined {
  const name = revisionName(arn);
  if (live !== undefined && familyOf(live) !== familyOf(arn)) {
    return `${name} is of another family than ${revisionName(live)}, which the service runs`;
  }
  if (tags.verified === undefined) return `${name} does not carry the mark of a release that proved it healthy`;
  if (tags.commit !== wanted.commit) {
    return `${name} is of commit ${shortCommit(tags.commit ?? 'unknown')}, not of ${shortCommit(wanted.commit)}`;
  }
  if (digest !== wanted.digest) {
    return `${name} runs ${digest === undefined ? 'an image that is not pinned' : shortDigest(digest)} instead of ${shortDigest(wanted.digest)}`;
  }
  if (status !== 'ACTIVE') return `${name} is ${status}: ECS does not deploy a revision that was deregistered`;
  return undefined;
}
