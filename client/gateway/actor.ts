import type { VerifiedTrigger } from '../../model/policy/trigger';

/** How a verified person or bot is called in releases: never to be taken for a name that somebody typed. */
export function actorOf({ actor }: VerifiedTrigger): string {
  return `github:${actor}`;
}

/** What stands beside an abort, and a decision that is not signed: whose word it is that `by` is true. */
export function verifiedRemark(trigger: VerifiedTrigger, remark: string | undefined): string {
  const { runId, runAttempt, repository } = trigger;
  const proof = `verified by the gateway: run ${runId}, attempt ${runAttempt}, of ${repository}`;
  return remark === undefined ? proof : `${remark} (${proof})`;
}
