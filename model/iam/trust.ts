import type { Json, JsonObject } from '../json';
import { ref, sub } from './cloudformation';
import type { EnvironmentFacts } from './subject';

/** The issuer of the tokens of GitHub Actions, as AWS names its condition keys. */
export const GITHUB_ISSUER = 'token.actions.githubusercontent.com';
/** What configure-aws-credentials asks GitHub to make its tokens for. */
export const AUDIENCE = 'sts.amazonaws.com';

/** Texts for Fn::Sub. */
export interface TrustedRepository {
  owner: string;
  name: string;
  id: string;
  ownerId: string;
  branch: string;
  /** As policy.yml has it; absent: any workflow of the branch. */
  workflow?: string | undefined;
}

/** Lets the principals that these parameters name assume a role. */
export function workerTrust(parameters: readonly string[]): JsonObject {
  const AWS = parameters.map(ref);
  return policy({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' });
}

/**
 * Lets jobs of exactly this repository and branch assume a role, with no stored credential: `sub` in both of GitHub's
 * formats (repositories made since July 2026 have the one with numbers), and the numbers themselves, which nobody else can
 * get. No condition has a pattern, and none holds where the claim is absent.
 */
export function githubTrust(
  provider: Json,
  repository: TrustedRepository,
  environments: readonly Pick<EnvironmentFacts, 'githubEnvironment'>[],
): JsonObject {
  const { owner, name, id, ownerId, branch, workflow } = repository;
  const ref = `refs/heads/${branch}`;
  const named = [...new Set(environments.map(({ githubEnvironment }) => githubEnvironment))];
  // A job that names an environment has that in its `sub`, and not its branch.
  const contexts = (named.length === 0 ? [undefined] : named).map((environment) =>
    environment === undefined ? `ref:${ref}` : `environment:${environment.replaceAll(':', '%3A')}`,
  );
  const subjects = contexts.flatMap((context) => [
    `repo:${owner}/${name}:${context}`,
    `repo:${owner}@${ownerId}/${name}@${id}:${context}`,
  ]);
  const claims: Record<string, Json> = {
    aud: AUDIENCE,
    sub: subjects.map(sub),
    repository_id: sub(id),
    repository_owner_id: sub(ownerId),
    ref,
    ...(workflow === undefined ? {} : { job_workflow_ref: sub(workflowRef(workflow, `${owner}/${name}`, ref)) }),
  };
  const equals = Object.entries(claims).map(([claim, value]) => [`${GITHUB_ISSUER}:${claim}`, value] as const);
  return policy({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: Object.fromEntries(equals) },
  });
}

/** The claim `job_workflow_ref` of a workflow as policy.yml names it. */
function workflowRef(workflow: string, repository: string, ref: string): string {
  const path = workflow.startsWith('.github/') ? `${repository}/${workflow}` : workflow;
  return path.includes('@') ? path : `${path}@${ref}`;
}

function policy(statement: JsonObject): JsonObject {
  return { Version: '2012-10-17', Statement: [statement] };
}
