import { AwsError } from '../aws/contract';
import type { JsonObject } from '../aws/contract';
import type { Context } from './conditions';
import { judgeFor } from './denial';
import { readPolicy } from './document';
import type { PrincipalPattern, Statement } from './document';
import { judge } from './evaluate';
import type { Demand } from './evaluate';
import type { Identities, Identity, Role } from './identities';
import { escape } from './query-protocol';
import type { QueryAction } from './query-protocol';
import type { ProviderSettings } from './settings';
import { verifyWebIdentity } from './web-identity';

export interface StsOptions {
  identities: Identities;
  providers: readonly ProviderSettings[];
  accountId: string;
  now: () => number;
}

const SHORTEST_SECONDS = 900;
const DEFAULT_SECONDS = 3600;
/** The longest session that one session may open. */
const CHAINED_SECONDS = 3600;
const KNOWN_MEMBERS = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'DurationSeconds', 'Policy'];

/** GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity. Members of requests that they do not know are refused. */
export function createSts({ identities, providers, accountId, now }: StsOptions): Record<string, QueryAction> {
  const ownerOf = (accessKeyId: string | undefined): Identity => {
    const owner = accessKeyId === undefined ? undefined : identities.owner(accessKeyId);
    if (!owner) throw new Error('a call of STS by nobody');
    return owner;
  };

  function open(role: Role, form: URLSearchParams, most: number): string {
    const seconds = readSeconds(form, role, most);
    const policy = form.get('Policy');
    const narrowedTo = policy === null ? undefined : readSessionPolicy(policy);
    const session = identities.openSession(role, sessionName(form), seconds, narrowedTo);
    const credentials =
      `<AccessKeyId>${session.accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>` +
      `<SessionToken>${session.token}</SessionToken><Expiration>${new Date(session.expiresAtMs).toISOString()}</Expiration>`;
    const user = `<AssumedRoleId>${session.userId}</AssumedRoleId><Arn>${session.arn}</Arn>`;
    return `<Credentials>${credentials}</Credentials><AssumedRoleUser>${user}</AssumedRoleUser>`;
  }

  return {
    GetCallerIdentity(_form, accessKeyId) {
      const { arn, userId } = ownerOf(accessKeyId);
      return `<Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${accountId}</Account>`;
    },

    AssumeRole(form, accessKeyId) {
      refuseUnknown(form, [...KNOWN_MEMBERS, 'ExternalId']);
      const caller = ownerOf(accessKeyId);
      const externalId = form.get('ExternalId');
      const context: Context = {
        'aws:principalarn': [caller.roleArn ?? caller.arn],
        'aws:principalaccount': [accountId],
        'sts:rolesessionname': [sessionName(form)],
        ...(externalId === null ? {} : { 'sts:externalid': [externalId] }),
      };
      const demand: Demand = { action: 'sts:AssumeRole', resource: form.get('RoleArn') ?? '', context };
      const role = identities.role(demand.resource);
      // Whether there is such a role is nobody's business who may not assume it.
      if (!role || !mayAssume(caller, role, demand, accountId)) {
        throw new AwsError(
          'AccessDenied',
          `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${demand.resource}`,
          403,
        );
      }
      return open(role, form, caller.kind === 'session' ? CHAINED_SECONDS : role.maxSessionSeconds);
    },

    async AssumeRoleWithWebIdentity(form) {
      refuseUnknown(form, [...KNOWN_MEMBERS, 'WebIdentityToken', 'ProviderId']);
      const token = form.get('WebIdentityToken') ?? '';
      const { context, ...identity } = await verifyWebIdentity(token, providers, accountId, now);
      const demand: Demand = {
        action: 'sts:AssumeRoleWithWebIdentity',
        resource: form.get('RoleArn') ?? '',
        context: { ...context, 'sts:rolesessionname': [sessionName(form)] },
      };
      const role = identities.role(demand.resource);
      const trusts = ({ kind, value }: PrincipalPattern) => kind === 'Federated' && value === identity.providerArn;
      if (!role || judge(trusting(role, trusts), demand) !== 'allow')
        throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
      const told = {
        SubjectFromWebIdentityToken: identity.subject,
        Audience: identity.audience,
        Provider: identity.providerArn,
      };
      const more = Object.entries(told).map(([name, value]) => `<${name}>${escape(value)}</${name}>`);
      return open(role, form, role.maxSessionSeconds) + more.join('');
    },
  };
}

/** The statements of a role's trust policy that are about this caller. */
function trusting(role: Role, trusts: (pattern: PrincipalPattern) => boolean): Statement[] {
  return role.trust.filter(({ principals }) => principals.some(trusts));
}

/**
 * Within one account a trust policy that names the caller is enough; one that names the account leaves it to the caller's
 * own policies. A Deny on either side wins. Root may not assume roles.
 */
function mayAssume(caller: Identity, role: Role, demand: Demand, accountId: string): boolean {
  const own = judgeFor(caller, demand);
  if (caller.kind === 'root' || own === 'explicit-deny') return false;
  const names = [caller.arn, caller.roleArn, '*'];
  const account = [accountId, `arn:aws:iam::${accountId}:root`];
  const byName = judge(
    trusting(role, ({ kind, value }) => kind === 'AWS' && names.includes(value)),
    demand,
  );
  const byAccount = judge(
    trusting(role, ({ kind, value }) => kind === 'AWS' && account.includes(value)),
    demand,
  );
  if (byName === 'explicit-deny' || byAccount === 'explicit-deny') return false;
  return byName === 'allow' || (byAccount === 'allow' && own === 'allow');
}

function readSeconds(form: URLSearchParams, role: Role, most: number): number {
  const text = form.get('DurationSeconds') ?? String(DEFAULT_SECONDS);
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < SHORTEST_SECONDS)
    throw invalid(
      `Value '${text}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${SHORTEST_SECONDS}`,
    );
  if (seconds > role.maxSessionSeconds)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  if (seconds > most)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  return seconds;
}

function sessionName(form: URLSearchParams): string {
  const name = form.get('RoleSessionName') ?? '';
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
  throw invalid(
    `Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must have 2 to 64 characters and satisfy regular expression pattern: [\\w+=,.@-]*`,
  );
}

function readSessionPolicy(text: string): Statement[] {
  try {
    return readPolicy(JSON.parse(text) as JsonObject, 'permissions', 'the session policy');
  } catch (error) {
    throw new AwsError('MalformedPolicyDocument', error instanceof Error ? error.message : String(error));
  }
}

/** Session tags, managed session policies and the like would change what a session may do. */
function refuseUnknown(form: URLSearchParams, known: readonly string[]): void {
  const unknown = [...form.keys()].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new AwsError(
    'ValidationError',
    `The local AWS does not know ${unknown.join(', ')} in ${form.get('Action') ?? ''}.`,
  );
}

function invalid(detail: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: ${detail}`);
}
