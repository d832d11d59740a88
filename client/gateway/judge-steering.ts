import type { ReleaseStatus } from '../../model/messages';
import type { Policy } from '../../model/policy/policy';
import type { VerifiedTrigger } from '../../model/policy/trigger';
import { judgeTrigger } from '../../model/policy/trigger';
import type { AskedRelease } from './asked';
import { GatewayProblem } from './problem';

/**
 * Whether whoever holds this token may steer the release: who could start it there may. `environment` is the one that is concerned;
 * without one (nothing was reached yet) a say in any of the project's is enough. Throws a GatewayProblem (`refused`) with the policy's reason.
 */
export function judgeSteering(
  policy: Policy,
  trigger: VerifiedTrigger,
  { purpose, project }: AskedRelease,
  environment: string | undefined,
): void {
  const known = policy.projects.find((one) => one.project === project)?.environments ?? [];
  const names = environment === undefined ? known.map(({ name }) => name) : [environment];
  const asked = purpose === 'check' || names.length === 0 ? [[]] : names.map((name) => [name]);
  const verdicts = asked.map((environments) => judgeTrigger(policy, trigger, { purpose, project, environments }));
  if (verdicts.some(({ allowed }) => allowed)) return;
  const [first] = verdicts;
  throw new GatewayProblem('refused', first?.allowed === false ? first.reason : 'The policy does not allow this.');
}

/** The environment that an abort would touch now: the one that is deployed to or waited for, else the last that was reached. */
export function concernedBy({ deploying, waitingForApproval, phases }: ReleaseStatus): string | undefined {
  return (
    deploying?.environment ??
    waitingForApproval?.environment ??
    phases.findLast(({ environment }) => environment !== undefined)?.environment
  );
}
