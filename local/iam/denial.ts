import { AwsError } from '../aws/contract';
import type { Demand, Verdict } from './evaluate';
import { judge } from './evaluate';
import type { Identity } from './identities';

/** What an identity's policies say together: each set must allow, and any may deny. */
export function judgeFor({ policies }: Identity, demand: Demand): Verdict {
  const verdicts = policies.map((statements) => judge(statements, demand));
  return verdicts.find((one) => one === 'explicit-deny') ?? verdicts.find((one) => one !== 'allow') ?? 'allow';
}

/** AWS's own sentence. Source: IAM user guide, "Troubleshoot access denied error messages". */
export function denialOf({ arn }: Identity, { action, resource }: Demand, verdict: Verdict): string {
  const because =
    verdict === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
}

export function accessDenied(message: string): AwsError {
  return new AwsError('AccessDeniedException', message);
}
