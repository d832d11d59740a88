import type { Grant } from './grants';
import type { TrailEvent } from './trail';

export interface Comparison {
  /** Granted and never used. */
  unused: readonly Grant[];
  /** Used and not granted. */
  notGranted: readonly { role: string; action: string; resource?: string; times: number }[];
  /** Calls by the roles that were compared, and by anybody else. */
  calls: number;
  others: number;
}

/**
 * Holds what roles may do against what they did. Where the record names no resource (CloudTrail), an action counts for every
 * statement that allows it.
 */
export function compare(grants: readonly Grant[], events: readonly TrailEvent[]): Comparison {
  const roles = new Set(grants.map(({ role }) => role));
  const ours = events.filter(({ role }) => role !== undefined && roles.has(role));
  const used = new Set<Grant>();
  const notGranted = new Map<string, Comparison['notGranted'][number]>();
  for (const { role = '', permissions } of ours) {
    for (const { action, resource } of permissions) {
      const allowing = grants.filter((grant) => grant.role === role && allows(grant, action, resource));
      allowing.forEach((grant) => used.add(grant));
      if (allowing.length > 0) continue;
      const key = [role, action, resource].join(' ');
      const times = (notGranted.get(key)?.times ?? 0) + 1;
      notGranted.set(key, { role, action, ...(resource !== undefined && { resource }), times });
    }
  }
  const unused = grants.filter((grant) => !used.has(grant));
  return { unused, notGranted: [...notGranted.values()], calls: ours.length, others: events.length - ours.length };
}

function allows({ action: granted, resources }: Grant, action: string, resource: string | undefined): boolean {
  if (granted.toLowerCase() !== action.toLowerCase()) return false;
  return resource === undefined || resources.some((pattern) => fits(pattern, resource));
}

function fits(pattern: string, resource: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(resource);
}
