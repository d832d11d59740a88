import type { Finding, Tally } from '../../model/doctor/finding';
import { asTrouble, Trouble } from './trouble';

/** What a look saw. */
export interface Seen<T> {
  found: string;
  /** What later checks build upon. */
  value: T;
  /** Set where a release would work all the same, but something should be mended: makes it a warning. */
  fix?: string | undefined;
}

export interface Examination {
  /**
   * Looks, and tells what was found as soon as it is known. Answers the value, or undefined where the look failed or
   * took longer than its time; never throws. `signal` ends with that time.
   */
  check: <T>(check: string, look: (signal: AbortSignal) => Promise<Seen<T>>) => Promise<T | undefined>;
  /** Tells that nothing was looked at, and why not. */
  skip: (check: string, why: string) => void;
  tally: () => Tally;
}

/** `limitMs` is for each check on its own. */
export function openExamination(tell: (finding: Finding) => void, limitMs: number): Examination {
  const tally: Tally = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  const add = (finding: Finding): void => {
    tally[finding.status] += 1;
    tell(finding);
  };
  return {
    async check(check, look) {
      try {
        const { found, value, fix } = await within(limitMs, look);
        add(fix === undefined ? { check, status: 'ok', found } : { check, status: 'warning', found, fix });
        return value;
      } catch (error) {
        const { message, fix } = asTrouble(error);
        add({ check, status: 'failed', found: message, fix });
        return undefined;
      }
    },
    skip: (check, why) => add({ check, status: 'skipped', found: why }),
    tally: () => ({ ...tally }),
  };
}

/** Also for what heeds no signal: it is not waited for any longer. */
async function within<T>(limitMs: number, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Trouble(
          `There was no answer within ${limitMs / 1000} s.`,
          'See that the network, the address and the region are right; --timeout gives it longer.',
        ),
      );
      controller.abort();
    }, limitMs);
  });
  try {
    return await Promise.race([look(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
