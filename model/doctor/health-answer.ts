import { isFullCommit } from '../commit';
import { valueAt } from '../health';

/**
 * The full commit that the body of a health answer names, or null: at the dotted path `commitAt` of its JSON, or, without
 * one, anywhere.
 */
export function commitNamed(body: string, commitAt: string | undefined): string | null {
  if (commitAt === undefined) return /\b[0-9a-f]{40}\b/.exec(body)?.[0] ?? null;
  const value = valueAt(body, commitAt);
  return typeof value === 'string' && isFullCommit(value) ? value : null;
}
