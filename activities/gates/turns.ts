/** Lets those who share a key go one after the other, within this process. */
export function createTurns() {
  const last = new Map<string, Promise<void>>();
  /** Whoever was cancelled while waiting gives up when its turn comes. */
  return async function inTurn<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(() => {
      signal.throwIfAborted();
      return work();
    });
    const settled = mine.then(ignore, ignore);
    last.set(key, settled);
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return await mine;
  };
}

function ignore(): void {
  // The next in line does not care how the one before ended.
}
