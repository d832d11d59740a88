/** Tags that we put on the task definition revisions that we register (design rule 6.7). */
export const REVISION_TAGS = {
  release: 'sluice:release',
  commit: 'sluice:commit',
  /** ARN of the task definition to return to. */
  baseline: 'sluice:baseline',
  /** ARN of the revision that was copied. */
  template: 'sluice:template',
  /** Time of the verdict; a revision of ours without it is never a baseline. */
  verified: 'sluice:verified',
  /** On a copy of a baseline with its images pinned: ARN of that baseline. Such a copy is no release. */
  pinned: 'sluice:pinned',
} as const;

export interface RevisionTags {
  release?: string;
  commit?: string;
  baseline?: string;
  template?: string;
  verified?: string;
  pinned?: string;
}

export interface Tag {
  key: string;
  value: string;
}

const PREFIX = 'sluice:';
/** AWS keeps these for itself and refuses them in a request. */
const RESERVED_PREFIX = 'aws:';

export function readRevisionTags(tags: readonly Tag[]): RevisionTags {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  return Object.fromEntries(
    Object.entries(REVISION_TAGS).flatMap(([name, key]) => {
      const value = values.get(key);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function isOurs(tags: RevisionTags): boolean {
  return tags.release !== undefined;
}

/** Ours, and nobody ever said that it works. */
export function isUnfinished(tags: RevisionTags): boolean {
  return isOurs(tags) && tags.verified === undefined;
}

/** The tags of a copy: whatever its owner put on the original, and ours in place of older ones of ours. */
export function tagsOfCopy(original: readonly Tag[], ours: RevisionTags): Tag[] {
  const kept = original.filter(({ key }) => !key.startsWith(PREFIX) && !key.startsWith(RESERVED_PREFIX));
  const added = Object.entries(ours).map(([name, value]: [string, string]) => ({
    key: REVISION_TAGS[name as keyof RevisionTags],
    value,
  }));
  return [...kept, ...added];
}
