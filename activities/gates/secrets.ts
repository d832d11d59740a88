import { SECRET_PREFIX } from '../../model/gates/secret-name';
import { grantOf } from '../../model/gates/secrets';
import type { AskedSecret } from '../../model/gates/secrets';
import type { Policy } from '../../model/policy/policy';

export type Secret =
  | { ok: true; value: string; /** The only server that it may be sent to. */ host?: string }
  | { ok: false; why: string };

export type Secrets = (asked: AskedSecret) => Secret;

/**
 * The secrets of this worker: `SLUICE_SECRET_NAME` is the secret NAME, and no other variable can be asked for. Where a
 * policy is, it says which project may have it and which server may get it; else `SLUICE_SECRET_NAME_HOST` says the latter.
 */
export function createSecrets(env: NodeJS.ProcessEnv, policy?: Policy): Secrets {
  return (asked) => {
    const grant = grantOf(policy, asked);
    if (!grant.granted) return { ok: false, why: grant.why };
    const variable = `${SECRET_PREFIX}${asked.name}`;
    const value = env[variable] ?? '';
    if (value === '') return { ok: false, why: `this worker has no secret ${asked.name} (its variable ${variable})` };
    const host = policy === undefined ? env[`${variable}_HOST`]?.replace(/\/+$/, '') : grant.rule.host;
    return { ok: true, value, ...(host !== undefined && host !== '' && { host }) };
  };
}
