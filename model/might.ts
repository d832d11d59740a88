/** AWS's own policies that allow (nearly) everything. Source: AWS Managed Policy Reference. */
const MIGHTY = ['AdministratorAccess', 'PowerUserAccess'];

/** The name of the first of these that is among the policies of a role, by their ARNs; a policy of one's own may be called so. */
export function mightyPolicy(arns: readonly string[]): string | undefined {
  return MIGHTY.find((name) =>
    arns.some((arn) => /^arn:aws[a-z-]*:iam::aws:policy\//.test(arn) && arn.endsWith(`/${name}`)),
  );
}

/**
 * The same, as far as its name tells, for a role of IAM Identity Center: the prefix is reserved, and the permission set
 * stands behind it. Source: IAM Identity Center user guide, "roles created by IAM Identity Center".
 */
export function mightyByName(roleName: string): string | undefined {
  return MIGHTY.find((name) => roleName.startsWith(`AWSReservedSSO_${name}_`));
}

/** The role of a session's ARN (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`); undefined for anybody else. */
export function roleOfSession(arn: string): string | undefined {
  return /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];
}

export function tooMighty(roleName: string, policy: string): string {
  return `role ${roleName} carries ${policy}, which is far more than a release needs`;
}

export const LESS_MIGHT =
  'use the role that `sluice iam` prints, or say `allow-admin: true` for the environment in policy.yml';
