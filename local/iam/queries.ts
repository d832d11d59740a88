import { AwsError } from '../aws/contract';
import type { Identities } from './identities';
import { escape } from './query-protocol';
import type { QueryAction } from './query-protocol';

/** What IAM itself is asked: the managed policies of a role. Whether one may is judged before. */
export function createIamQueries(identities: Pick<Identities, 'roles'>): Record<string, QueryAction> {
  return {
    ListAttachedRolePolicies(form) {
      const name = form.get('RoleName') ?? '';
      const role = identities.roles().find((one) => one.name === name);
      if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
      const members = role.managed.map((arn) => {
        const policyName = escape(arn.slice(arn.lastIndexOf('/') + 1));
        return `<member><PolicyName>${policyName}</PolicyName><PolicyArn>${escape(arn)}</PolicyArn></member>`;
      });
      return `<AttachedPolicies>${members.join('')}</AttachedPolicies><IsTruncated>false</IsTruncated>`;
    },
  };
}
