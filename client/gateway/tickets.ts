import { createHash, randomBytes } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { ReleaseRef } from '../release-end';
import { unauthorized } from './problem';

const TYPE = 'sluice-ticket+jwt';
const AUDIENCE = 'sluice-gateway/read';
const LIFE_SECONDS = 60 * 60;
/** A ticket that is read with is renewed once half of its life is over. */
const RENEW_BELOW_SECONDS = LIFE_SECONDS / 2;
/** From the start of the release: longer than any job of GitHub's may wait. */
const RENEWABLE_SECONDS = 7 * 24 * 60 * 60;
const LEAST_KEY_BYTES = 32;

export interface Ticket {
  ticket: string;
  /** ISO 8601, UTC. */
  ticketExpiresAt: string;
}

export interface ReadTicket {
  ref: Required<ReleaseRef>;
  /** Set when it is time for a new one. */
  renewed?: Ticket;
}

/** A key for tickets out of a secret's bytes, of at least 32. Throws a RangeError for less. */
export function ticketKey(secret: Uint8Array = randomBytes(LEAST_KEY_BYTES)): Uint8Array {
  if (secret.byteLength < LEAST_KEY_BYTES) throw new RangeError(`a key has at least ${LEAST_KEY_BYTES} bytes`);
  return createHash('sha256').update('sluice gateway tickets\0').update(secret).digest();
}

/**
 * Tickets: JWTs of the gateway's own (HS256, another type and audience than GitHub's), each good for an hour and for reading one
 * run of one release. Nothing is kept of them.
 */
export class Tickets {
  /** `gateway` keeps apart gateways that share a key: its audience. */
  constructor(
    private readonly key: Uint8Array,
    private readonly gateway: string,
    private readonly now: () => number = Date.now,
  ) {}

  async issue({ workflowId, runId }: Required<ReleaseRef>, born = this.seconds()): Promise<Ticket> {
    const expires = this.seconds() + LIFE_SECONDS;
    const ticket = await new SignJWT({ workflowId, runId, born })
      .setProtectedHeader({ alg: 'HS256', typ: TYPE })
      .setIssuer(this.gateway)
      .setAudience(AUDIENCE)
      .setIssuedAt(this.seconds())
      .setExpirationTime(expires)
      .sign(this.key);
    return { ticket, ticketExpiresAt: new Date(expires * 1000).toISOString() };
  }

  /** Throws a GatewayProblem (`unauthorized`) for whatever is not a good ticket of this gateway. */
  async read(ticket: string): Promise<ReadTicket> {
    const { workflowId, runId, born, exp } = await this.verified(ticket);
    if (typeof workflowId !== 'string' || typeof runId !== 'string' || typeof born !== 'number' || exp === undefined)
      throw unauthorized('This is not a ticket of this gateway.');
    const ref = { workflowId, runId };
    const now = this.seconds();
    if (exp - now > RENEW_BELOW_SECONDS || now - born > RENEWABLE_SECONDS) return { ref };
    return { ref, renewed: await this.issue(ref, born) };
  }

  private async verified(ticket: string) {
    try {
      const { payload } = await jwtVerify(ticket, this.key, {
        algorithms: ['HS256'],
        typ: TYPE,
        issuer: this.gateway,
        audience: AUDIENCE,
        currentDate: new Date(this.now()),
        requiredClaims: ['exp', 'iat'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw unauthorized('The ticket has expired; start the same release again to get another one.', error);
      throw unauthorized('This is not a ticket of this gateway.', error);
    }
  }

  private seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
