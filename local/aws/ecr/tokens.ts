import { randomBytes } from 'node:crypto';

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html: 12 hours.
const LIFETIME_MS = 12 * 3_600_000;

export type Tokens = ReturnType<typeof createTokens>;

/** The authorization tokens that were handed out: ECR's password for the user `AWS`. `now` is the clock in epoch milliseconds. */
export function createTokens(now: () => number = Date.now) {
  const issued = new Map<string, { expiresAtMs: number; accessKeyId: string | undefined }>();
  return {
    issue(accessKeyId: string | undefined) {
      const token = randomBytes(48).toString('base64url');
      const expiresAtMs = now() + LIFETIME_MS;
      issued.set(token, { expiresAtMs, accessKeyId });
      return { token, expiresAtMs };
    },
    /** Whose token it is, and whether it has expired; undefined for one that was never issued. */
    check(token: string) {
      const found = issued.get(token);
      return found && { accessKeyId: found.accessKeyId, expired: found.expiresAtMs <= now() };
    },
  };
}
