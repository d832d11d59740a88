import { createHash } from 'node:crypto';
import type { ReleaseConfig } from './config/release-config';
import { shortCommit } from './commit';
import { TypedError } from './failures';
import type { EnvironmentSpec, Plan, ReleaseRequest } from './plan';

export interface PlanFacts {
  request: ReleaseRequest;
  treeHash: string;
  /** `release.yml` at the released commit: gates and image come from here. */
  own: ReleaseConfig;
  /** `release.yml` at the head of the allowed branch: environments come from here (design section 5). */
  head: { config: ReleaseConfig; commit: string };
}

/**
 * What this release will do, frozen and hashed. Throws `BadRequest` with one sentence when what was asked and what the
 * files say do not fit together.
 */
export function makePlan({ request, treeHash, own, head }: PlanFacts): Plan {
  if (own.project !== request.project) {
    throw new TypedError(
      'BadRequest',
      `release.yml at ${shortCommit(request.commit)} is of project ${own.project}, but ${request.project} was asked for`,
    );
  }
  const environments = request.purpose === 'check' ? [] : chosen(request, head.config);
  const plan = {
    project: own.project,
    purpose: request.purpose,
    repository: request.repository,
    branch: head.config.branch,
    commit: request.commit,
    treeHash,
    configCommit: head.commit,
    gates: own.gates,
    image: own.image,
    environments,
  };
  return { ...plan, hash: createHash('sha256').update(JSON.stringify(plan)).digest('hex') };
}

function chosen(request: ReleaseRequest, { branch, environments: known }: ReleaseConfig): EnvironmentSpec[] {
  const missing = request.environments.find((name) => !known.some((environment) => environment.name === name));
  if (missing !== undefined) {
    throw new TypedError(
      'BadRequest',
      `there is no environment ${missing}: release.yml at the head of ${branch} has ${known.map(({ name }) => name).join(', ')}`,
    );
  }
  const wanted = known.filter(({ name }) => request.environments.length === 0 || request.environments.includes(name));
  const asked = wanted.find(({ approval }) => approval !== undefined);
  if (asked && request.embedded && !request.embedded.persistent) {
    throw new TypedError(
      'BadRequest',
      `environment ${asked.name} asks for approval, which this process alone cannot wait for: keep its state with --state, or leave the environment out with --environment`,
    );
  }
  return wanted;
}
