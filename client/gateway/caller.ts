import { problemOf } from './client-problem';
import { unauthorized } from './problem';
import { callerOf } from './record';
import type { VerifiedToken } from './verify-token';
import type { GatewayContext, GatewayWorld } from './world';

/** One JWT in compact form and nothing else: two tokens, another scheme or a comma do not fit. */
const BEARER = /^Bearer ([\w-]{1,4000}\.[\w-]{1,12000}\.[\w-]{0,4000})$/i;

/** Throws a GatewayProblem (`unauthorized`) where the request does not carry exactly one token. */
export function bearerOf(c: GatewayContext): string {
  const header = c.req.header('authorization');
  if (header === undefined) throw unauthorized('Send a token as `Authorization: Bearer`.');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) throw unauthorized('`Authorization` is not `Bearer` with one token.');
  return token;
}

/** The verified caller, within the limits of its repository. Before anything else of the request is read. */
export async function verifiedCaller(c: GatewayContext, world: GatewayWorld): Promise<VerifiedToken> {
  const token = await world.verify(bearerOf(c));
  c.var.facts.caller = callerOf(token);
  world.perRepository.take(token.trigger.repositoryId);
  return token;
}

/** Uses the token for one write. Where that fails for reasons of ours, the token is good again. Throws GatewayProblems only. */
export async function writeOnce<T>(
  { used }: GatewayWorld,
  { jti, goodUntil }: VerifiedToken,
  write: () => Promise<T>,
): Promise<T> {
  used.take(jti, goodUntil);
  try {
    return await write();
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status >= 500) used.giveBack(jti);
    throw problem;
  }
}
