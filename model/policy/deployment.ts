import { shortCommit } from '../commit';
import { canonicalJson } from '../json';
import type { Json } from '../json';
import type { ApprovalRule, EnvironmentSpec } from '../plan';
import type { ServiceTarget } from '../target';
import { isSameRepository } from './repository';

/** What a deployment says of itself, beside its target; nothing of it is believed by the deployer. */
export interface Permit {
  repository: string;
  commit: string;
  /** The rule that people approved it by; absent where nobody was asked. */
  approval?: ApprovalRule;
  /** Absent while the image is not there yet: then only what is known of the rest is judged. */
  image?: StoredImage;
}

/** An image by `HOST/repository@sha256:…`, and that digest. */
export interface StoredImage {
  reference: string;
  digest: string;
}

/** The word of whoever owns the environments: a policy's, or release.yml's at the head of the allowed branch. */
export interface OwnersWord {
  /** `policy.yml`, or which release.yml: for sentences. */
  from: string;
  project: string;
  repository: string;
  branch: string;
  environments: readonly EnvironmentSpec[];
}

export interface DeploymentFacts {
  permit: Permit;
  target: ServiceTarget;
  /** Null where there is none for this project. */
  owner: OwnersWord | null;
  /** Whether the commit is on the allowed branch; undefined while nobody asked Git. */
  onBranch?: boolean;
  /** What ECR says of the tag of exactly this commit, in the project's own repository; undefined while nobody asked. */
  stored?: StoredImage | null;
}

export type DeploymentVerdict =
  { kind: 'allowed' } | { kind: 'refused'; reason: string } | { kind: 'ask'; whom: 'git' | 'ecr' };

/**
 * Whether a deployment may go forward, by facts that the deployer found out itself; `ask` names the next one that is
 * missing. What fails first is said, in one sentence: a cheap reason never waits for an expensive question.
 */
export function judgeDeployment(facts: DeploymentFacts): DeploymentVerdict {
  const { permit, target, owner, onBranch, stored } = facts;
  if (owner === null) return refused(`the policy has no project ${target.scope.project}`);
  const reason = whyNotItsOwn(facts, owner) ?? whyNotThisTarget(facts, owner);
  if (reason !== undefined) return refused(reason);
  // Nothing can be written yet, and the branch is asked for again when it can.
  if (permit.image === undefined) return { kind: 'allowed' };
  if (onBranch === undefined) return { kind: 'ask', whom: 'git' };
  if (!onBranch) return refused(notOnBranch(permit.commit, owner));
  if (stored === undefined) return { kind: 'ask', whom: 'ecr' };
  const wrongImage = whyNotThisImage(permit.commit, permit.image, stored);
  return wrongImage === undefined ? { kind: 'allowed' } : refused(wrongImage);
}

/**
 * Whether a service may be returned. Nothing is asked of anybody: a rollback must not wait for Git or ECR, and goes to
 * what ran before.
 */
export function whyNoReturn(target: ServiceTarget, owned: readonly EnvironmentSpec[]): string | undefined {
  const known = owned.some((environment) => isSamePlace(environment, target) && serviceIn(environment, target));
  return known ? undefined : `no environment of the policy has ${placeOf(target)}`;
}

export function notOnBranch(commit: string, { branch, repository }: Pick<OwnersWord, 'branch' | 'repository'>): string {
  return `commit ${commit} is not on branch ${branch} of ${repository}: merge it first`;
}

function refused(reason: string): DeploymentVerdict {
  return { kind: 'refused', reason };
}

function whyNotItsOwn({ permit, target }: DeploymentFacts, owner: OwnersWord): string | undefined {
  const { project } = target.scope;
  if (project !== owner.project) return `${owner.from} is of project ${owner.project}, not of ${project}`;
  if (isSameRepository(permit.repository, owner.repository)) return undefined;
  return `project ${owner.project} is released from ${owner.repository}, not from ${permit.repository}`;
}

function whyNotThisTarget({ permit, target }: DeploymentFacts, owner: OwnersWord): string | undefined {
  const environment = owner.environments.find(({ name }) => name === target.scope.environment);
  if (environment === undefined) return `${owner.from} has no environment ${target.scope.environment}`;
  const { name } = environment;
  const owned = serviceIn(environment, target);
  if (!isSamePlace(environment, target) || owned === undefined) {
    return `environment ${name} of ${owner.from} does not have ${placeOf(target)}`;
  }
  const changed = firstDifference(owned, target.service);
  if (changed !== undefined) return `${owner.from} says another ${changed} for service ${owned.service} in ${name}`;
  if (isSame(environment.approval ?? null, permit.approval ?? null)) return undefined;
  return environment.approval === undefined
    ? `${owner.from} asks for no approval in ${name}, and this deployment was approved by a rule of its own`
    : `${owner.from} asks for ${environment.approval.minimum} approval(s) in ${name}, and this deployment followed ${permit.approval === undefined ? 'no such rule' : 'another rule'}`;
}

function whyNotThisImage(commit: string, image: StoredImage, stored: StoredImage | null): string | undefined {
  if (stored === null) return `the project's ECR repository has no image with the tag ${shortCommit(commit)}`;
  if (image.digest !== stored.digest) {
    return `the image is ${image.digest}, but ECR says ${stored.digest} for the tag of commit ${shortCommit(commit)}`;
  }
  if (image.reference === stored.reference) return undefined;
  return `the image ${image.reference} is not of the project's ECR repository: that has ${stored.reference}`;
}

function isSamePlace({ region, cluster }: EnvironmentSpec, target: ServiceTarget): boolean {
  return region === target.region && cluster === target.cluster;
}

function serviceIn({ services }: EnvironmentSpec, target: ServiceTarget) {
  return services.find(({ service }) => service === target.service.service);
}

function placeOf({ region, cluster, service }: ServiceTarget): string {
  return `service ${service.service} in cluster ${cluster} (${region})`;
}

/** The name of the first setting that is not the same. */
function firstDifference(owned: object, given: object): string | undefined {
  const [one, other] = [owned, given] as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])];
  return names.find((name) => !isSame(one?.[name], other?.[name]));
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson((one ?? null) as Json) === canonicalJson((other ?? null) as Json);
}
