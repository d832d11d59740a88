import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { mightyByName, mightyPolicy, roleOfSession, tooMighty } from '../../model/might';
import { TypedError } from '../../model/failures';
import { roleOfArn } from '../../model/iam/names';
import type { AwsClients, RegionalClients } from './clients';
import { asTypedError } from './errors';
import type { AssumedIdentity } from './identity';

/** Roles are changed by people, rarely. */
const GOOD_FOR_MS = 10 * 60_000;
const ANSWER_WITHIN_MS = 10_000;

/** How mighty an identity is, as far as IAM tells it. */
export type Might =
  | { kind: 'fits' }
  | { kind: 'too mighty'; reason: string }
  /** AWS did not say; `why` is a sentence. */
  | { kind: 'unknown'; why: string };

export interface Rights {
  /**
   * Whether an identity carries AdministratorAccess or PowerUserAccess: that of a role which is assumed, else the worker's
   * own. What is found to fit is remembered for ten minutes for each role; what is too mighty is asked again, since somebody
   * may have put it right. Never rejects.
   */
  mightOf(identity: AssumedIdentity | undefined, region: string): Promise<Might>;
}

type Clients = Pick<AwsClients, 'sts' | 'iam' | 'as'>;

export function createRights(clients: Clients, now = Date.now): Rights {
  const known = new Map<string, { until: number; might: Promise<Might> }>();
  return {
    async mightOf(identity, region) {
      const key = identity?.role ?? 'own';
      const kept = known.get(key);
      if (kept !== undefined && kept.until > now()) return kept.might;
      const might = lookUp(clients, identity, region);
      known.set(key, { until: now() + GOOD_FOR_MS, might });
      if ((await might).kind === 'too mighty') known.delete(key);
      return might;
    },
  };
}

async function lookUp(clients: Clients, identity: AssumedIdentity | undefined, region: string): Promise<Might> {
  try {
    const role = identity ? roleOfArn(identity.role).name : roleOfSession(await ownArn(clients, region));
    // Users have keys that are refused, and root is doctor's to warn of.
    if (role === undefined) return { kind: 'fits' };
    return await mightOfRole(identity ? clients.as(identity) : clients, role, region);
  } catch (error) {
    return { kind: 'unknown', why: sentenceOf(error) };
  }
}

/** Asked with the role's own session: it is about itself, and needs no more than the right to look at itself. */
export async function mightOfRole(clients: Pick<RegionalClients, 'iam'>, role: string, region: string): Promise<Might> {
  try {
    const policy = mightyPolicy(await clients.iam(region).attachedPolicies(role));
    return policy === undefined ? { kind: 'fits' } : { kind: 'too mighty', reason: tooMighty(role, policy) };
  } catch (error) {
    const policy = mightyByName(role);
    if (policy !== undefined) return { kind: 'too mighty', reason: tooMighty(role, policy) };
    return {
      kind: 'unknown',
      why: `Whether role ${role} carries AdministratorAccess is not known: ${sentenceOf(error)}`,
    };
  }
}

async function ownArn(clients: Clients, region: string): Promise<string> {
  const { Arn = '' } = await clients
    .sts(region)
    .send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    .catch((error: unknown) => {
      throw asTypedError(error, `sts:GetCallerIdentity in ${region}`);
    });
  return Arn;
}

function sentenceOf(error: unknown): string {
  if (error instanceof TypedError || error instanceof Error) return error.message;
  return String(error);
}
