import { unauthorized, unavailable } from './problem';

/** More writes within one token's life than any installation has; bounds the memory to some 20 MB. */
const MOST = 100_000;
const SWEEP_EVERY_MS = 10_000;
const RETRY_SECONDS = 30;

/**
 * Which tokens have been used for a write, each until it is refused for its age anyway. In memory: of one process.
 * A full store refuses writes, since it cannot tell any more.
 */
export class UsedTokens {
  private readonly used = new Map<string, number>();
  private sweptAt = 0;

  constructor(
    private readonly most = MOST,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes the token for one write. Throws a GatewayProblem: `unauthorized` when it was taken before, `unavailable` when full. */
  take(jti: string, goodUntil: number): void {
    this.sweep();
    if (this.used.has(jti)) throw unauthorized('This token was used already; get a fresh one for each write.');
    if (this.used.size >= this.most) {
      throw unavailable('Too many tokens were used within minutes; the same request can be repeated.', RETRY_SECONDS);
    }
    this.used.set(jti, goodUntil);
  }

  /** The write did not happen for reasons of ours: the token is good again. */
  giveBack(jti: string): void {
    this.used.delete(jti);
  }

  private sweep(): void {
    const now = this.now();
    if (now - this.sweptAt < SWEEP_EVERY_MS && this.used.size < this.most) return;
    this.sweptAt = now;
    for (const [jti, until] of this.used) if (until <= now) this.used.delete(jti);
  }
}
