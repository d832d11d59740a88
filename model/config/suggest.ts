/** The candidate that `typed` was most likely meant to be, or undefined when none is near enough to name. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  if (typed.length > 64) return undefined;
  const wanted = plain(typed);
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const tolerated = Math.max(1, Math.floor(wanted.length / 3));
  return best && best.distance <= tolerated ? best.candidate : undefined;
}

/** `commitAt`, `commit_at` and `commit-at` are the same word to whoever types them. */
function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
