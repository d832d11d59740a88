/**
 * Resolves with the first truthy answer of `probe`, asked every 25 ms.
 *
 * The ceiling is for the reader of a red test, not a measure of speed: it fails with `what` never happened.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  ceilingMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + ceilingMs;
  for (;;) {
    const answer = await probe();
    if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`waited ${ceilingMs} ms and never saw: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
