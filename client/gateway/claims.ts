import type { JWTPayload } from 'jose';
import type { VerifiedTrigger } from '../../model/policy/trigger';
import { unauthorized } from './problem';

/** Longer than any reference or workflow path of Git or GitHub; and nothing that could break a line of a log. */
const TEXT = /^[^\p{Cc}\p{Cf}\u2028\u2029]{1,1024}$/u;
const NUMBER = /^[1-9]\d{0,19}$/;
const REPOSITORY = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;
/** `octocat`, `dependabot[bot]`, and with managed users `mona_octo`. */
const ACTOR = /^[\w.-]{1,100}(?:\[bot\])?$/;

/**
 * The claims that are judged and recorded (https://docs.github.com/en/actions/reference/security/oidc), with their types checked.
 * `sub` is not among them: its form depends on the repository's age and on settings. Throws a GatewayProblem that names the claim.
 */
export function triggerOf(payload: JWTPayload): VerifiedTrigger {
  const claim = (name: string, pattern: RegExp): string => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (value === undefined) throw unauthorized(`The token lacks the claim \`${name}\`.`);
    if (typeof value !== 'string' || !pattern.test(value))
      throw unauthorized(`The token's claim \`${name}\` is not what GitHub writes there.`);
    return value;
  };
  const optional = (name: string): string | undefined => (Object.hasOwn(payload, name) ? claim(name, TEXT) : undefined);
  const jobWorkflowRef = optional('job_workflow_ref');
  const environment = optional('environment');
  return {
    issuer: claim('iss', TEXT),
    repositoryId: claim('repository_id', NUMBER),
    repositoryOwnerId: claim('repository_owner_id', NUMBER),
    repository: claim('repository', REPOSITORY),
    ref: claim('ref', TEXT),
    event: claim('event_name', TEXT),
    workflowRef: claim('workflow_ref', TEXT),
    ...(jobWorkflowRef !== undefined && { jobWorkflowRef }),
    runnerEnvironment: claim('runner_environment', TEXT),
    ...(environment !== undefined && { environment }),
    actor: claim('actor', ACTOR),
    actorId: claim('actor_id', NUMBER),
    runId: claim('run_id', NUMBER),
    runAttempt: claim('run_attempt', NUMBER),
  };
}
