import { GatewayProblem } from './problem';

/** How many at once, and how many come back each second. */
export interface BucketRule {
  capacity: number;
  perSecond: number;
}

/** What is left, at a moment of a clock that never goes back (milliseconds). */
export interface Bucket {
  tokens: number;
  at: number;
}

/** Takes one token out of the bucket (a full one where there was none). `retryAfterSeconds` is 0 when there was one to take. */
export function takeToken(
  bucket: Bucket | undefined,
  { capacity, perSecond }: BucketRule,
  now: number,
): { bucket: Bucket; retryAfterSeconds: number } {
  const { tokens, at } = bucket ?? { tokens: capacity, at: now };
  const filled = Math.min(capacity, tokens + (Math.max(0, now - at) / 1000) * perSecond);
  if (filled >= 1) return { bucket: { tokens: filled - 1, at: now }, retryAfterSeconds: 0 };
  return { bucket: { tokens: filled, at: now }, retryAfterSeconds: Math.max(1, Math.ceil((1 - filled) / perSecond)) };
}

/** Bounds the memory; whoever was not seen for longest has a full bucket by then, or as good as. */
const MOST_KEYS = 10_000;

/** A bucket for each key. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly rule: BucketRule,
    private readonly sentence: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Throws a GatewayProblem (`too-many`) with the time to wait. */
  take(key: string): void {
    const { bucket, retryAfterSeconds } = takeToken(this.buckets.get(key), this.rule, this.now());
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > MOST_KEYS) {
      const [oldest] = this.buckets.keys();
      if (oldest !== undefined) this.buckets.delete(oldest);
    }
    if (retryAfterSeconds > 0) throw new GatewayProblem('too-many', this.sentence, { retryAfterSeconds });
  }
}
