import type { DeploymentOutcome, DeploymentRequest } from '../../../model/messages';

// What the measurement of the queue runs: the environment as it is, and a deployment under its name that ends at once.
export { environment } from '../../../workflows/environment';

/** Finds that all is well without asking anybody. */
export async function deployment(request: DeploymentRequest): Promise<DeploymentOutcome> {
  const { requestId, commit, imageDigest: digest, actor, environment } = request;
  const at = Date.now();
  const revision = { commit, digest, taskDefinitions: { api: `td:${commit}` }, at, actor };
  return Promise.resolve({
    requestId,
    environment: environment.name,
    outcome: 'released',
    cause: 'it ended at once',
    commit,
    revision,
    actor,
    at,
  });
}
