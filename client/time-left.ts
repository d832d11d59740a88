import { unreachableError } from './errors';

/** A time limit for many calls together: where nobody works, each would wait for the whole of its own. */
export interface TimeLeft {
  /** Makes a call with the time that it may take, in milliseconds. Throws a ClientError (exit 3) when none is left. */
  spend<T>(call: (limitMs: number) => Promise<T>): Promise<T>;
}

export function timeLeft(totalMs: number, eachMs: number, now: () => number = Date.now): TimeLeft {
  const deadline = now() + totalMs;
  return {
    async spend(call) {
      const limitMs = Math.min(eachMs, deadline - now());
      if (limitMs <= 0) throw unreachableError('Not asked: the others took too long to answer.');
      return call(limitMs);
    },
  };
}
