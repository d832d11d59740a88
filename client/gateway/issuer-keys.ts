import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { messageOf } from '../errors';
import { fetchJson } from './fetch-json';
import { isTrustedTransport } from './issuer';
import { unavailable } from './problem';

export interface KeyTimes {
  /** How long a set of keys is believed. */
  keepMs: number;
  /** After a good answer: before an unknown key makes us ask again. */
  coolDownMs: number;
  /** After a failure: before we ask again. */
  failureCoolDownMs: number;
}

const TIMES: KeyTimes = { keepMs: 10 * 60_000, coolDownMs: 30_000, failureCoolDownMs: 5_000 };

interface KnownKeys {
  find: JWTVerifyGetKey;
  at: number;
}

/**
 * The issuer's public keys, through its discovery document, never through anything that a token says.
 *
 * Kept for 10 minutes; a key that is not among them makes us ask once more, at most every 30 seconds. Where the issuer cannot
 * be asked the answer is `unavailable`, since nothing is known about the token then.
 */
export class IssuerKeys {
  private known: KnownKeys | undefined;
  private failure: { at: number; cause: unknown } | undefined;
  private asking: Promise<KnownKeys> | undefined;
  private readonly times: KeyTimes;

  constructor(
    private readonly issuer: string,
    times: Partial<KeyTimes> = {},
  ) {
    this.times = { ...TIMES, ...times };
  }

  /** For jose. Throws its JWKSNoMatchingKey for a key that the issuer does not publish, and a GatewayProblem where that cannot be told. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const known = await this.current();
    try {
      return await known.find(header, token);
    } catch (error) {
      const unknown = error instanceof errors.JWKSNoMatchingKey;
      if (!unknown || performance.now() - known.at < this.times.coolDownMs) throw error;
      return (await this.ask()).find(header, token);
    }
  };

  /** Resolves when keys are at hand. */
  async ready(): Promise<void> {
    await this.current();
  }

  private async current(): Promise<KnownKeys> {
    const { known } = this;
    if (known !== undefined && performance.now() - known.at < this.times.keepMs) return known;
    return this.ask();
  }

  /** Once at a time, whoever waits for it. */
  private ask(): Promise<KnownKeys> {
    const { failure } = this;
    if (failure !== undefined && performance.now() - failure.at < this.times.failureCoolDownMs) {
      return Promise.reject(this.unavailable(failure.cause));
    }
    this.asking ??= this.fetchKeys().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async fetchKeys(): Promise<KnownKeys> {
    try {
      const keySet = await fetchJson(
        jwksUri(await fetchJson(`${this.issuer}/.well-known/openid-configuration`), this.issuer),
      );
      this.known = { find: createLocalJWKSet(keySet as JSONWebKeySet), at: performance.now() };
      this.failure = undefined;
      return this.known;
    } catch (cause) {
      this.failure = { at: performance.now(), cause };
      throw this.unavailable(cause);
    }
  }

  private unavailable(cause: unknown): Error {
    const seconds = Math.ceil(this.times.failureCoolDownMs / 1000);
    return unavailable(
      "The issuer's keys cannot be fetched at the moment, so no token can be judged; the same request can be repeated.",
      seconds,
      new Error(`keys of ${this.issuer}: ${messageOf(cause)}`, { cause }),
    );
  }
}

/** OpenID Connect Discovery 1.0, section 4.3: the document must name the issuer that was asked. The keys must come from the same place. */
function jwksUri(discovery: unknown, issuer: string): string {
  const document = (typeof discovery === 'object' && discovery !== null ? discovery : {}) as Record<string, unknown>;
  const { issuer: named, jwks_uri: uri } = document;
  if (named !== issuer) throw new Error(`its discovery document names the issuer ${String(named)}`);
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error('its discovery document has no jwks_uri');
  const url = new URL(uri);
  if (url.origin !== new URL(issuer).origin || !isTrustedTransport(url)) {
    throw new Error(`its discovery document sends us to another place for keys: ${uri}`);
  }
  return uri;
}
