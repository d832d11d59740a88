/** AWS's own policies that allow (nearly) everything; roles that carry them, IAM Identity Center's above all, are named after them. */
const MIGHTY = ['AdministratorAccess', 'PowerUserAccess'];

/**
 * Why this identity has far more rights than a release needs, as far as its ARN tells, or undefined. What a role carries is
 * looked at for each environment.
 */
export function whyTooMighty(arn: string): string | undefined {
  if (arn.endsWith(':root')) return 'it is the root user of the account, which nobody can restrict';
  const name = MIGHTY.find((mighty) => arn.includes(mighty));
  return name === undefined ? undefined : `its role is named after ${name}`;
}
