import { shortCommit } from '../../model/commit';
import { TypedError } from '../../model/failures';
import { makePlan } from '../../model/make-plan';
import type { PlanFacts } from '../../model/make-plan';
import type { Plan, ReleaseRequest } from '../../model/plan';
import { notOnBranch } from '../../model/policy/deployment';
import type { Policy, ProjectPolicy } from '../../model/policy/policy';
import { environmentOf, projectOf } from '../../model/policy/policy';
import { isSameRepository } from '../../model/policy/repository';
import { judgeTrigger } from '../../model/policy/trigger';
import { whileHeartbeating } from '../heartbeating';
import { allowedHead, configAt } from './owners-word';
import type { Asked } from './owners-word';
import type { Source } from './source';
import { SourceError } from './source-error';
import { typed } from './typed';

export interface SourceDeps {
  source: Source;
  /** Where there is one it alone says which repositories, branches and environments there are. */
  policy?: Policy | undefined;
}

/** What is asked of the repository itself. Only reads; safe to repeat. */
export function createSourceActivities({ source, policy }: SourceDeps) {
  return {
    /**
     * Checks what is asked for and freezes it as a plan. Nothing of the commit is executed.
     *
     * Throws `SourceMissing` (no such repository or commit), `BadConfig` (release.yml), `BadRequest` (it does not have
     * what was asked for), `PolicyRefused` (not on the allowed branch, or the policy says no) or `Unavailable`.
     */
    admit(request: ReleaseRequest): Promise<Plan> {
      return whileHeartbeating(`reading ${shortCommit(request.commit)}`, ({ signal }) =>
        typed(async () => {
          const project = policy && projectAskedFor(policy, request);
          const { commit } = request;
          const asked: Asked = { source, repository: project?.repository ?? request.repository, signal };
          // The full id must be a commit's; never a branch or a tag that is called like one.
          await source.resolveCommit(asked.repository, commit, signal);
          const treeHash = await source.treeHash(asked.repository, commit, signal);
          const own = await configAt(asked, commit);
          const facts = { request, treeHash, own, ...(project && { policy: project }) };
          if (request.purpose === 'check') {
            const { branch, environments } = project ?? own;
            return makePlan({ ...facts, head: { from: 'release.yml', branch, environments, commit } });
          }
          const head = await whoSaysWhere(asked, project);
          if (!(await source.isAncestor(asked.repository, commit, head.commit, signal))) {
            throw new TypedError('PolicyRefused', notOnBranch(commit, { ...head, repository: asked.repository }));
          }
          return makePlan({ ...facts, head });
        }),
      );
    },

    /** Whether `running` descends from `commit`. A commit that the repository no longer has descends from nothing. */
    compareCommits(input: { repository: string; commit: string; running: string }): Promise<{ newer: boolean }> {
      return whileHeartbeating('comparing with what runs', ({ signal }) =>
        typed(async () => {
          const { repository, commit, running } = input;
          try {
            return { newer: await source.isAncestor(repository, commit, running, signal) };
          } catch (error) {
            if (error instanceof SourceError && error.code === 'unknown-commit') return { newer: false };
            throw error;
          }
        }),
      );
    },
  };
}

export type SourceActivities = ReturnType<typeof createSourceActivities>;

/** Nothing is fetched for a request that the policy does not know. */
function projectAskedFor(policy: Policy, request: ReleaseRequest): ProjectPolicy {
  const refuse = (reason: string): never => {
    throw new TypedError('PolicyRefused', reason);
  };
  const project = projectOf(policy, request.project);
  if (project === undefined) return refuse(`the policy has no project ${request.project}`);
  if (!isSameRepository(request.repository, project.repository)) {
    return refuse(
      `project ${project.project} is released from ${project.repository}, and this is a request for ${request.repository}`,
    );
  }
  if (request.trigger === undefined) return project;
  const verdict = judgeTrigger(policy, request.trigger, request);
  return verdict.allowed ? project : refuse(verdict.reason);
}

async function whoSaysWhere(asked: Asked, project: ProjectPolicy | undefined): Promise<PlanFacts['head']> {
  if (project === undefined) {
    const { from, branch, commit, config } = await allowedHead(asked);
    return { from, branch, commit, environments: config.environments };
  }
  const { branch } = project;
  const commit = await asked.source.branchHead(asked.repository, branch, asked.signal);
  return { from: 'the policy', branch, commit, environments: project.environments.map(environmentOf) };
}
