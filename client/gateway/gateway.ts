import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { ReleaseRef } from '../release-end';
import { messageOf } from '../errors';
import { gatewayApp } from './app';
import { InFlight } from './in-flight';
import type { DecisionSigner } from './decision-key';
import { whyNotBelieved } from './decision-key';
import { checkedAudience, checkedIssuer, GITHUB_ISSUER } from './issuer';
import type { KeyTimes } from './issuer-keys';
import { IssuerKeys } from './issuer-keys';
import type { GatewayLimits } from './limits';
import { DEFAULT_LIMITS } from './limits';
import { Looks } from './looks';
import type { PolicySource } from './policy-source';
import { RateLimit } from './rate-limit';
import { readiness } from './readiness';
import type { GatewayRecord } from './record';
import { serve } from './serve';
import { Tickets, ticketKey } from './tickets';
import { UsedTokens } from './used-tokens';
import { tokenVerifier } from './verify-token';
import type { GatewayReleases } from './world';

export interface GatewayOptions {
  /** What tokens must be made for: of this gateway alone. */
  audience: string;
  /** Default: GitHub's. */
  issuer?: string;
  policy: PolicySource;
  releases: GatewayReleases;
  /** Asks Temporal something cheap; rejects when it does not answer. */
  temporalReady: () => Promise<void>;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** At least 32 bytes; default: made here, so that tickets end with this process. */
  ticketSecret?: Uint8Array;
  /** Signs decisions; without it they count as unverified. */
  signer?: DecisionSigner;
  /** The release's page in the Temporal UI. */
  pageOf?: (ref: Required<ReleaseRef>) => string;
  /** Proxies of ours in front, each of which appends to X-Forwarded-For. Default 0. */
  forwardedHops?: number;
  limits?: Partial<GatewayLimits>;
  keyTimes?: Partial<KeyTimes>;
  record: (record: GatewayRecord) => void;
}

export interface Gateway {
  url: string;
  /** Reads the policy again; a wrong one is refused with a note, and the old one stays. Never throws. */
  reloadPolicy(): Promise<void>;
  /** Stops accepting, ends the reads that wait, and waits for the rest within bounds. */
  close(): Promise<void>;
}

/** Starts a gateway. Throws a ClientError (exit 2) for wrong options or an address that cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { policy, releases, record, pageOf, signer } = options;
  const issuer = checkedIssuer(options.issuer ?? GITHUB_ISSUER);
  const audience = checkedAudience(options.audience);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const keys = new IssuerKeys(issuer, options.keyTimes);
  const stopping = new AbortController();
  // Each read that waits listens.
  setMaxListeners(0, stopping.signal);
  const app = gatewayApp({
    releases,
    policy: () => policy.current(),
    verify: tokenVerifier({ issuer, audience, keys: keys.find }),
    tickets: new Tickets(ticketKey(options.ticketSecret ?? randomBytes(32)), audience),
    used: new UsedTokens(),
    looks: new Looks(releases),
    perRepository: new RateLimit(limits.perRepository, 'Too many requests of this repository; wait a little.'),
    perAddress: new RateLimit(limits.perAddress, 'Too many requests from this address; wait a little.'),
    reads: new InFlight(limits.readsAtOnce),
    writes: new InFlight(limits.writesAtOnce),
    body: limits.body,
    forwardedHops: options.forwardedHops ?? 0,
    ...(pageOf && { pageOf }),
    ...(signer && { signer }),
    // The policy was read before the start and a wrong one never takes its place: it is always there.
    ready: readiness({ temporal: options.temporalReady, keys: () => keys.ready() }),
    stopping: stopping.signal,
    record,
  });
  const listening = await serve((request, bindings) => app.fetch(request, bindings), options, limits);
  const note = (text: string): void => record({ kind: 'note', at: new Date().toISOString(), text });
  const sayWhatIsBelieved = (): void => {
    const doubt = whyNotBelieved(signer, policy.current());
    if (doubt !== undefined) note(doubt);
  };
  sayWhatIsBelieved();
  return {
    url: listening.url,
    async reloadPolicy() {
      try {
        await policy.reload();
        note('The policy was read again.');
        sayWhatIsBelieved();
      } catch (error) {
        note(`The new policy is refused and the old one stays: ${messageOf(error)}`);
      }
    },
    async close() {
      stopping.abort();
      await listening.close();
    },
  };
}
