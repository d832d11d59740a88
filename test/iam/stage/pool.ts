/** Does the work for each item, a few at a time, in order; answers a promise for each, at once. */
export function inPool<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Map<T, Promise<R>> {
  const lanes: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve());
  return new Map(
    items.map((item, index) => {
      const lane = index % atOnce;
      const done = (lanes[lane] ?? Promise.resolve()).then(() => work(item));
      // Whoever waits for the item hears of its failure; the lane goes on.
      lanes[lane] = done.catch(() => undefined);
      return [item, done];
    }),
  );
}
