import { flag, mapping, matching } from '../config/fields';
import type { Policy } from '../policy/policy';
import { projectOf } from '../policy/policy';
import { isSameRepository } from '../policy/repository';
import type { Purpose } from '../plan';

/** What a policy says of one secret of a project's gates. Its value is in no file: see `SECRET_PREFIX`. */
export interface SecretRule {
  /** The only server that it may be sent to; gates that send it nowhere by themselves do not ask. */
  host?: string;
  /** Whether checks get it too, whose commits nobody has merged. */
  checks?: boolean;
}

export const secretKey = mapping({
  host: matching(/^https?:\/\/[^\s/@]{1,255}(?:\/[^\s]{0,255})?$/, 'a URL such as https://sonarcloud.io')
    .transform((given) => given.replace(/\/+$/, ''))
    .optional()
    .describe('The only server that Sluice may send it to.'),
  checks: flag().optional().describe('Whether checks of pull requests get it too; default: false.'),
});

export interface AskedSecret {
  name: string;
  project: string;
  repository: string;
  purpose: Purpose;
}

export type SecretGrant = { granted: true; rule: SecretRule } | { granted: false; why: string };

/** Whether the policy lets gates of this release have that secret. Without a policy the worker's environment alone says so. */
export function grantOf(policy: Policy | undefined, asked: AskedSecret): SecretGrant {
  if (policy === undefined) return { granted: true, rule: {} };
  const { name, project: wanted, repository, purpose } = asked;
  const project = projectOf(policy, wanted);
  if (project === undefined || !isSameRepository(project.repository, repository))
    return { granted: false, why: `the policy knows no project ${wanted} of this repository` };
  const rule = project.secrets?.[name];
  if (rule === undefined) return { granted: false, why: `the policy gives gates of ${wanted} no secret ${name}` };
  if (purpose === 'check' && rule.checks !== true)
    return { granted: false, why: `the policy gives the secret ${name} to releases, and not to checks` };
  return { granted: true, rule };
}
