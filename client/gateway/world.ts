import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Policy } from '../../model/policy/policy';
import type { ReleaseRef } from '../release-end';
import type { Releases } from '../releases';
import type { BodyLimits } from './body';
import type { DecisionSigner } from './decision-key';
import type { InFlight } from './in-flight';
import type { Looks } from './looks';
import type { RateLimit } from './rate-limit';
import type { Readiness } from './readiness';
import type { GatewayRecord, RequestRecord } from './record';
import type { Tickets } from './tickets';
import type { UsedTokens } from './used-tokens';
import type { VerifyToken } from './verify-token';

/** The part of the client's API that the gateway uses. */
export type GatewayReleases = Pick<
  Releases,
  'start' | 'status' | 'summary' | 'snapshot' | 'awaitOutcome' | 'approve' | 'reject' | 'abort'
>;

/** What the routes work with; made once, in gateway.ts. */
export interface GatewayWorld {
  releases: GatewayReleases;
  policy: () => Policy;
  verify: VerifyToken;
  tickets: Tickets;
  /** Absent: decisions go unsigned, and count as unverified. */
  signer?: DecisionSigner;
  used: UsedTokens;
  looks: Looks;
  perRepository: RateLimit;
  perAddress: RateLimit;
  /** Reads may wait, so they are counted apart: they must not keep a start or an abort out. */
  reads: InFlight;
  writes: InFlight;
  body: BodyLimits;
  forwardedHops: number;
  /** The release's page in the Temporal UI. */
  pageOf?: (ref: Required<ReleaseRef>) => string;
  ready: () => Promise<Readiness>;
  /** Aborted when the gateway stops. */
  stopping: AbortSignal;
  record: (record: GatewayRecord) => void;
}

export interface GatewayEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Of the caller, as limits and logs know it. */
    address: string;
    /** Grows while the request is worked on; written to the log when it is answered. */
    facts: Partial<Pick<RequestRecord, 'caller' | 'release' | 'attached' | 'problem' | 'detail' | 'route'>>;
  };
}

export type GatewayContext = Context<GatewayEnv>;
