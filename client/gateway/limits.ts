import type { BodyLimits } from './body';
import type { BucketRule } from './rate-limit';
import type { ServeLimits } from './serve';

export interface GatewayLimits extends ServeLimits {
  body: BodyLimits;
  /** Requests under `/v1` of one address. */
  perAddress: BucketRule;
  /** Requests with a verified token of one repository. */
  perRepository: BucketRule;
  /** Starts, approvals, rejections and aborts at once. */
  writesAtOnce: number;
  /** Reads at once, those that wait included. */
  readsAtOnce: number;
}

/** What docs/gateway.md says. Tests use shorter times. */
export const DEFAULT_LIMITS: GatewayLimits = {
  body: { maxBytes: 64 * 1024, withinMs: 10_000 },
  perAddress: { capacity: 60, perSecond: 10 },
  perRepository: { capacity: 30, perSecond: 0.5 },
  writesAtOnce: 64,
  readsAtOnce: 256,
  headersWithinMs: 10_000,
  requestWithinMs: 15_000,
  keepAliveMs: 65_000,
  maxConnections: 1_024,
  graceMs: 10_000,
};
