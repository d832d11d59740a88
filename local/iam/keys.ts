/** Condition keys that this IAM fills in where AWS does; a policy that names another one is refused. */
const KNOWN = [
  /^aws:(principalarn|principalaccount|requestedregion|tagkeys)$/,
  /^aws:requesttag\/./,
  /^ecs:(cluster|service|task-definition|createaction)$/,
  /^iam:passedtoservice$/,
  /^sts:(rolesessionname|externalid)$/,
  // Of an OpenID Connect provider, by its address: STS lets policies name any claim, and fills in those below.
  /^[\w-]+(\.[\w-]+)+(:\d+)?(\/[\w./-]+)?:[\w-]+$/,
];

export function isKnownKey(key: string): boolean {
  return KNOWN.some((known) => known.test(key.toLowerCase()));
}

/**
 * The claims of a GitHub token that STS offers to trust policies: not `event_name`, `run_id` or `runner_environment`.
 * Source: service authorization reference of STS, AssumeRoleWithWebIdentity.
 */
export const CLAIMS_OFFERED = [
  'aud',
  'sub',
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
] as const;
