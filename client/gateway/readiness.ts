import { messageOf } from '../errors';

const CHECK_LIMIT_MS = 3_000;
/** Whoever may ask this need not have a token: it must not be a way to make us ask others. */
const KEEP_MS = 2_000;

export interface Readiness {
  ready: boolean;
  checks: Record<string, 'ok' | 'failed'>;
  /** For the log alone. */
  reasons: string[];
}

/** Runs all checks at once, each within 3 s; an answer is kept for 2 s. Never throws. */
export function readiness(checks: Readonly<Record<string, () => Promise<void>>>): () => Promise<Readiness> {
  let kept: { at: number; answer: Promise<Readiness> } | undefined;
  return () => {
    if (kept === undefined || performance.now() - kept.at > KEEP_MS)
      kept = { at: performance.now(), answer: runAll(checks) };
    return kept.answer;
  };
}

async function runAll(checks: Readonly<Record<string, () => Promise<void>>>): Promise<Readiness> {
  const reasons: string[] = [];
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await within(check);
        return [name, 'ok'] as const;
      } catch (error) {
        reasons.push(`${name}: ${messageOf(error)}`);
        return [name, 'failed'] as const;
      }
    }),
  );
  return { ready: reasons.length === 0, checks: Object.fromEntries(answers), reasons };
}

async function within(check: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_LIMIT_MS / 1000} s`)), CHECK_LIMIT_MS);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}
