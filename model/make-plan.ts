import { createHash } from 'node:crypto';
import type { ReleaseConfig } from './config/release-config';
import { shortCommit } from './commit';
import { TypedError } from './failures';
import type { EnvironmentSpec, ImageSpec, Plan, ReleaseRequest } from './plan';
import type { ProjectPolicy } from './policy/policy';
import { whyGatesFallShort } from './policy/required-gates';

export interface PlanFacts {
  request: ReleaseRequest;
  treeHash: string;
  /** `release.yml` at the released commit: gates and image come from here. */
  own: ReleaseConfig;
  /** Who says where it goes: the policy, else `release.yml` at the head of the allowed branch (design section 5). */
  head: {
    /** For sentences: the policy, or which release.yml. */
    from: string;
    branch: string;
    environments: readonly EnvironmentSpec[];
    /** Head of that branch. */
    commit: string;
  };
  /** The project's, where the workers have one. */
  policy?: ProjectPolicy;
}

/**
 * What this release will do, frozen and hashed. Throws `BadRequest` with one sentence when what was asked and what the
 * files say do not fit together, and `PolicyRefused` when the policy says no.
 */
export function makePlan({ request, treeHash, own, head, policy }: PlanFacts): Plan {
  const file = `release.yml at ${shortCommit(request.commit)}`;
  if (own.project !== request.project) {
    throw new TypedError('BadRequest', `${file} is of project ${own.project}, but ${request.project} was asked for`);
  }
  const weakness = policy && whyGatesFallShort(policy.requiredGates, own.gates);
  if (weakness !== undefined) throw new TypedError('PolicyRefused', `${file} ${weakness}`);
  const environments = request.purpose === 'check' ? [] : chosen(request, head);
  const plan = {
    project: own.project,
    purpose: request.purpose,
    // The policy's own address, where there is one: the same repository, by the way that its owner chose.
    repository: policy?.repository ?? request.repository,
    branch: head.branch,
    commit: request.commit,
    treeHash,
    configCommit: head.commit,
    gates: own.gates,
    ...(own.onGateFailure && { onGateFailure: own.onGateFailure }),
    image: imageOf(own.image, file, head, policy),
    environments,
  };
  return { ...plan, hash: createHash('sha256').update(JSON.stringify(plan)).digest('hex') };
}

function imageOf(
  image: ImageSpec,
  file: string,
  head: Pick<PlanFacts['head'], 'environments'>,
  policy: ProjectPolicy | undefined,
): ImageSpec {
  if (policy === undefined) return { ...image, region: imageRegion(image, head.environments) };
  if (image.repository !== policy.imageRepository) {
    throw new TypedError(
      'PolicyRefused',
      `${file} names the image repository ${image.repository}, and the policy ${policy.imageRepository}`,
    );
  }
  return { ...image, region: policy.imageRegion };
}

/** Of an image whose region no file names: where it is needed first. */
export function imageRegion({ region }: ImageSpec, environments: readonly EnvironmentSpec[]): string {
  return region === '' ? (environments[0]?.region ?? '') : region;
}

function chosen(request: ReleaseRequest, { from, environments: known }: PlanFacts['head']): EnvironmentSpec[] {
  if (known.length === 0) {
    throw new TypedError(
      'BadConfig',
      `${from} has no environments, and these workers have no policy.yml that would say where it goes`,
    );
  }
  const missing = request.environments.find((name) => !known.some((environment) => environment.name === name));
  if (missing !== undefined) {
    throw new TypedError(
      'BadRequest',
      `there is no environment ${missing}: ${from} has ${known.map(({ name }) => name).join(', ')}`,
    );
  }
  const wanted = known.filter(({ name }) => request.environments.length === 0 || request.environments.includes(name));
  if (request.embedded && !request.embedded.persistent) refuseWhatNeedsState(wanted);
  return wanted;
}

/** What waits, or must be known to the next release too, is lost with a process that keeps nothing (design section 8). */
function refuseWhatNeedsState(environments: readonly EnvironmentSpec[]): void {
  for (const environment of environments) {
    const needs = whatNeedsState(environment);
    if (needs === undefined) continue;
    throw new TypedError(
      'BadRequest',
      `environment ${environment.name} ${needs}: keep its state with --state, or leave the environment out with --environment`,
    );
  }
}

function whatNeedsState({ approval, queue, freeze }: EnvironmentSpec): string | undefined {
  if (approval !== undefined) return 'asks for approval, which this process alone cannot wait for';
  if (queue !== undefined && queue !== 'queue') {
    return `has \`queue: ${queue}\`, and this process alone knows of no other release`;
  }
  if (freeze !== undefined) return 'has `freeze` windows, which this process alone cannot wait for the end of';
  return undefined;
}
