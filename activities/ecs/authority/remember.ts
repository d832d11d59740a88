/** A set that forgets: what is in it is known to be true, for a while. */
export function rememberFor(ms: number, now: () => number): { has(key: string): boolean; add(key: string): void } {
  const until = new Map<string, number>();
  return {
    has: (key) => (until.get(key) ?? 0) > now(),
    add(key) {
      for (const [known, end] of until) if (end <= now()) until.delete(known);
      until.set(key, now() + ms);
    },
  };
}
