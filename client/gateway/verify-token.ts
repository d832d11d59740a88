import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { VerifiedTrigger } from '../../model/policy/trigger';
import { triggerOf } from './claims';
import { GatewayProblem, unauthorized } from './problem';

/** GitHub's tokens are good for 5 minutes; what is older than this was kept by somebody. */
const MAX_AGE_SECONDS = 10 * 60;
/** How far clocks may differ. */
const TOLERANCE_SECONDS = 30;
const JTI = /^[\x21-\x7e]{8,200}$/;
/** Header members that would say where a key is, or change how the token is read. GitHub's tokens have none of them. */
const FORBIDDEN_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'cty'];

export interface VerifiedToken {
  trigger: VerifiedTrigger;
  /** The token's own name: good for one write. */
  jti: string;
  /** Milliseconds since the epoch: from then on the token is refused for its age. */
  goodUntil: number;
}

export type VerifyToken = (token: string) => Promise<VerifiedToken>;

export interface TokenRule {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
}

/**
 * Verifies a GitHub Actions OIDC token: signature (RS256 alone), issuer and audience to the letter, times, age, and the types
 * of all claims that are used. Throws a GatewayProblem: `unauthorized` with what is wrong, `unavailable` without keys.
 */
export function tokenVerifier({ issuer, audience, keys }: TokenRule): VerifyToken {
  return async (token) => {
    refuseHeaderTricks(token);
    const payload = await verified(token, { issuer, audience, keys });
    // jose takes a list that holds ours: such a token was meant for others too.
    if (payload.aud !== audience) throw unauthorized(wrongAudience(audience));
    const { jti } = payload;
    if (typeof jti !== 'string' || !JTI.test(jti))
      throw unauthorized("The token's claim `jti` is not what GitHub writes there.");
    return { trigger: triggerOf(payload), jti, goodUntil: goodUntil(payload) };
  };
}

async function verified(token: string, { issuer, audience, keys }: TokenRule): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['RS256'],
      clockTolerance: TOLERANCE_SECONDS,
      maxTokenAge: MAX_AGE_SECONDS,
      requiredClaims: ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'],
    });
    return payload;
  } catch (error) {
    if (error instanceof GatewayProblem) throw error;
    throw unauthorized(whatIsWrong(error, issuer, audience), error);
  }
}

/** jose does not follow them either; refused, so that nobody has to wonder. */
function refuseHeaderTricks(token: string): void {
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(token);
  } catch (error) {
    throw unauthorized('The token is not a well-formed JWT.', error);
  }
  const trick = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(header, name));
  if (trick !== undefined)
    throw unauthorized(`The token's header has \`${trick}\`, which GitHub's tokens do not have.`);
  if (typeof header['kid'] !== 'string') throw unauthorized('The token does not name its signing key.');
}

function whatIsWrong(error: unknown, issuer: string, audience: string): string {
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is signed with another algorithm than RS256.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The token names a signing key that the issuer does not publish.';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "The token's signature does not fit the issuer's key.";
  if (error instanceof errors.JWTExpired) {
    return error.claim === 'iat'
      ? `The token was made more than ${MAX_AGE_SECONDS / 60} minutes ago; get a fresh one.`
      : 'The token has expired; get a fresh one.';
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `The token lacks the claim \`${error.claim}\`.`;
    if (error.reason === 'invalid') return `The token's claim \`${error.claim}\` is not what GitHub writes there.`;
    if (error.claim === 'iss') return `The token is of another issuer than ${issuer}.`;
    if (error.claim === 'aud') return wrongAudience(audience);
    return 'The token is not valid yet.';
  }
  return 'The token is not a well-formed JWT.';
}

function wrongAudience(audience: string): string {
  return `The token is not for this gateway alone; ask for one with the audience \`${audience}\`.`;
}

function goodUntil({ exp = 0, iat = 0 }: JWTPayload): number {
  return (Math.min(exp, iat + MAX_AGE_SECONDS) + TOLERANCE_SECONDS + 1) * 1000;
}
