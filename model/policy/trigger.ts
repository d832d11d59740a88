import type { Purpose } from '../plan';
import { projectOf } from './policy';
import type { VerifiedTrigger } from './verified-trigger';
import type { Policy, ProjectPolicy } from './policy';

export type { VerifiedTrigger };

export interface AskedByTrigger {
  purpose: Purpose;
  project: string;
  /** Empty means all of the project's. */
  environments: readonly string[];
}

export type TriggerVerdict = { allowed: true; project: ProjectPolicy } | { allowed: false; reason: string };

/**
 * Events whose runs carry code, or the say, of whoever opened a pull request or wrote a comment, while their `ref` may
 * name the default branch. None of them may deploy, whatever a policy says.
 * Source: GitHub changelog 2025-11-07 (pull_request_target), events that trigger workflows.
 */
export const NEVER_DEPLOY: Readonly<Record<string, string>> = {
  pull_request: 'a pull request is code that nobody has merged; it can only check',
  pull_request_target: 'it runs for anybody who opens a pull request, though its token names the default branch',
  pull_request_review: 'it runs for whoever reviews a pull request, on code that nobody has merged',
  pull_request_review_comment: 'it runs for whoever comments on a pull request',
  issue_comment: 'it runs for whoever comments, though its token names the default branch',
  workflow_run:
    'it runs after a workflow that a pull request may have started, though its token names the default branch',
};

/** Events that may ask for a check. */
const CHECK_EVENTS = ['pull_request', 'push', 'workflow_dispatch', 'merge_group'];

/**
 * Whether the policy lets this trigger have what it asks for; a refusal is one sentence. The token itself (signature,
 * issuer, audience, times) was verified before.
 */
export function judgeTrigger(policy: Policy, claims: VerifiedTrigger, asked: AskedByTrigger): TriggerVerdict {
  const project = projectOf(policy, asked.project);
  if (project === undefined) return { allowed: false, reason: `The policy has no project ${asked.project}.` };
  const reason =
    whyNotItsRepository(project, claims) ??
    (asked.purpose === 'check' ? whyNoCheck(claims) : whyNoRelease(project, claims, asked.environments));
  return reason === undefined ? { allowed: true, project } : { allowed: false, reason };
}

function whyNotItsRepository(project: ProjectPolicy, claims: VerifiedTrigger): string | undefined {
  const { repositoryId, repositoryOwnerId, repository } = claims;
  if (repositoryId !== project.repositoryId) {
    return `The token is of repository ${repository} with the id ${repositoryId}, but project ${project.project} belongs to the repository with the id ${project.repositoryId}; a fork, or another repository under an old name, has another id.`;
  }
  if (repositoryOwnerId !== project.repositoryOwnerId) {
    return `The owner of repository ${repository} has the id ${repositoryOwnerId}, but project ${project.project} belongs to the owner with the id ${project.repositoryOwnerId}.`;
  }
  return undefined;
}

function whyNoCheck({ event }: VerifiedTrigger): string | undefined {
  if (CHECK_EVENTS.includes(event)) return undefined;
  return `The event ${event} cannot ask for a check; ${CHECK_EVENTS.join(', ')} can.`;
}

function whyNoRelease(
  project: ProjectPolicy,
  claims: VerifiedTrigger,
  environments: readonly string[],
): string | undefined {
  return (
    whyNotThisEvent(project, claims.event) ??
    whyNotThisRef(project, claims.ref) ??
    whyNotThisWorkflow(project, claims) ??
    whyNotThisRunner(project, claims.runnerEnvironment) ??
    whyNotTheseEnvironments(project, claims.environment, environments)
  );
}

function whyNotThisEvent({ project, events }: ProjectPolicy, event: string): string | undefined {
  if (Object.hasOwn(NEVER_DEPLOY, event)) return `The event ${event} never deploys: ${NEVER_DEPLOY[event] ?? ''}.`;
  if (events.includes(event)) return undefined;
  return `The event ${event} may not deploy project ${project}; the policy allows ${events.join(', ')}.`;
}

function whyNotThisRef({ project, branch }: ProjectPolicy, ref: string): string | undefined {
  if (ref === branchRef(branch)) return undefined;
  return `The workflow ran for ${ref}, but only the branch ${branch} of project ${project} deploys.`;
}

function whyNotThisWorkflow({ project, branch, workflow }: ProjectPolicy, claims: VerifiedTrigger): string | undefined {
  const { repository, workflowRef, jobWorkflowRef } = claims;
  // Also where a reusable workflow is what the policy names: what calls it must have been merged.
  // Its reference begins at the first `@`: a branch's name may hold another one.
  const at = workflowRef.indexOf('@');
  if (!workflowRef.startsWith(`${repository}/`) || workflowRef.slice(at + 1) !== branchRef(branch)) {
    return `The workflow that ran is ${workflowRef}, which is not a file of ${repository} on the branch ${branch}.`;
  }
  const wanted = workflowRefOf(workflow, repository, branch);
  if (workflowRef === wanted || jobWorkflowRef === wanted) return undefined;
  return `Only the workflow ${wanted} may deploy project ${project}; this is ${jobWorkflowRef ?? workflowRef}.`;
}

/** A path alone is of the repository itself; without a reference of its own a workflow stands on the allowed branch. */
function workflowRefOf(workflow: string, repository: string, branch: string): string {
  const file = workflow.startsWith('.github/') ? `${repository}/${workflow}` : workflow;
  return file.includes('@') ? file : `${file}@${branchRef(branch)}`;
}

function whyNotThisRunner({ project, runners }: ProjectPolicy, runner: string): string | undefined {
  if (runners === 'any' || runner === 'github-hosted') return undefined;
  return `The job ran on a ${runner} runner, but project ${project} is deployed from GitHub's own runners only.`;
}

function whyNotTheseEnvironments(
  { project, environments: known }: ProjectPolicy,
  named: string | undefined,
  asked: readonly string[],
): string | undefined {
  const missing = asked.find((name) => !known.some((environment) => environment.name === name));
  if (missing !== undefined) {
    return `The policy has no environment ${missing} of project ${project}; it has ${known.map(({ name }) => name).join(', ')}.`;
  }
  const wanted = known.filter(({ name }) => asked.length === 0 || asked.includes(name));
  const other = wanted.find(({ githubEnvironment }) => githubEnvironment !== undefined && githubEnvironment !== named);
  if (other === undefined) return undefined;
  const instead = named === undefined ? 'names none' : `names ${named}`;
  return `Environment ${other.name} of project ${project} wants a job with the GitHub environment ${other.githubEnvironment ?? ''}, and this one ${instead}.`;
}

function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}
