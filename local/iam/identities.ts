import { randomBytes, randomInt } from 'node:crypto';
import { readPolicy } from './document';
import type { Statement } from './document';
import { managedPolicy } from './managed';
import type { IamSettings, Policies, RoleSettings, UserSettings } from './settings';

/** Who makes a call. */
export interface Identity {
  arn: string;
  userId: string;
  kind: 'root' | 'user' | 'session';
  /** Of a session. */
  roleArn?: string;
  /** Sets of policies, each of which must allow a call: the identity's own, and those that a session was narrowed to. */
  policies: readonly (readonly Statement[])[];
}

export interface Role {
  arn: string;
  id: string;
  name: string;
  trust: readonly Statement[];
  policies: readonly Statement[];
  /** ARNs. */
  managed: readonly string[];
  maxSessionSeconds: number;
}

interface Session {
  identity: () => Identity;
  token: string;
  expiresAtMs: number;
}

const EVERYTHING: Statement = {
  effect: 'Allow',
  actions: { patterns: ['*'], not: false },
  resources: { patterns: ['*'], not: false },
  principals: [],
  conditions: [],
};

const KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type Identities = ReturnType<typeof createIdentities>;

/**
 * Whom keys belong to, the roles of the account, and the sessions that were handed out. Throws an Error of one sentence for
 * a policy that is not understood.
 */
export function createIdentities({ keys, roles = [], now = Date.now }: IamSettings, accountId: string) {
  const lasting = new Map(Object.entries(keys).map(([key, holder]) => [key, lastingIdentity(holder, accountId)]));
  const byName = new Map<string, Role>();
  const sessions = new Map<string, Session>();

  function putRole({ name, trust, policies, managed = [], maxSessionSeconds = 3600 }: RoleSettings): Role {
    const role: Role = {
      arn: `arn:aws:iam::${accountId}:role/${name}`,
      // The same when a role is put again, so that its sessions go on.
      id: byName.get(name)?.id ?? uniqueId('AROA'),
      name,
      trust: readPolicy(trust, 'trust', `trust policy of ${name}`),
      policies: [
        ...readAll(policies, name),
        ...managed.flatMap((arn) => readPolicy(managedPolicy(arn), 'permissions', arn)),
      ],
      managed,
      maxSessionSeconds,
    };
    byName.set(name, role);
    return role;
  }
  roles.forEach(putRole);

  return {
    /** Adds a role, or changes one: also for sessions that it has already. */
    putRole,
    roles: (): Role[] => [...byName.values()],
    role: (arn: string): Role | undefined => [...byName.values()].find((role) => role.arn === arn),

    /** Who an access key stands for, whatever its token says; sessions that have expired, too. */
    owner: (accessKeyId: string): Identity | undefined =>
      lasting.get(accessKeyId) ?? sessions.get(accessKeyId)?.identity(),

    /** Whether key and token are who they say they are, and still are. */
    check(accessKeyId: string, token: string | undefined): 'valid' | 'unknown' | 'expired' {
      if (lasting.has(accessKeyId)) return token === undefined ? 'valid' : 'unknown';
      const session = sessions.get(accessKeyId);
      if (session === undefined || token !== session.token) return 'unknown';
      return session.expiresAtMs <= now() ? 'expired' : 'valid';
    },

    /** Opens a session of a role, narrowed to what `narrowedTo` allows too. */
    openSession(role: Role, sessionName: string, seconds: number, narrowedTo: readonly Statement[] | undefined) {
      const accessKeyId = uniqueId('ASIA');
      const token = randomBytes(192).toString('base64');
      const expiresAtMs = now() + seconds * 1000;
      const arn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${sessionName}`;
      const userId = `${role.id}:${sessionName}`;
      const identity = (): Identity => ({
        arn,
        userId,
        kind: 'session',
        roleArn: role.arn,
        policies: [byName.get(role.name)?.policies ?? [], ...(narrowedTo ? [narrowedTo] : [])],
      });
      sessions.set(accessKeyId, { identity, token, expiresAtMs });
      return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64'), token, expiresAtMs, arn, userId };
    },
  };
}

function lastingIdentity(holder: 'root' | UserSettings, accountId: string): Identity {
  if (holder === 'root') {
    return { arn: `arn:aws:iam::${accountId}:root`, userId: accountId, kind: 'root', policies: [[EVERYTHING]] };
  }
  return {
    arn: `arn:aws:iam::${accountId}:user/${holder.user}`,
    userId: uniqueId('AIDA'),
    kind: 'user',
    policies: [readAll(holder.policies ?? {}, holder.user)],
  };
}

function readAll(policies: Policies, owner: string): Statement[] {
  return Object.entries(policies).flatMap(([name, document]) =>
    readPolicy(document, 'permissions', `policy ${name} of ${owner}`),
  );
}

/** Source: IAM user guide, "unique ID prefixes". */
function uniqueId(prefix: string): string {
  return prefix + Array.from({ length: 16 }, () => KEY_ALPHABET[randomInt(KEY_ALPHABET.length)]).join('');
}
