import { shortCommit } from '../../model/commit';
import { parseReleaseConfig } from '../../model/config/parse';
import type { ReleaseConfig } from '../../model/config/release-config';
import { formatProblem } from '../../model/config/release-config';
import { TypedError } from '../../model/failures';
import { makePlan } from '../../model/make-plan';
import type { Plan, ReleaseRequest } from '../../model/plan';
import { whileHeartbeating } from '../heartbeating';
import type { Source } from './source';
import { SourceError } from './source-error';

const CONFIG_FILE = 'release.yml';
const CONFIG_LIMIT_BYTES = 256 * 1024;
/** Only its commits deploy, unless release.yml on it names another: a commit cannot choose the branch it must be on. */
const TRUSTED_BRANCH = 'main';

/** What is asked of the repository itself. Only reads; safe to repeat. */
export function createSourceActivities({ source }: { source: Source }) {
  return {
    /**
     * Checks what is asked for and freezes it as a plan. Nothing of the commit is executed.
     *
     * Throws `SourceMissing` (no such repository or commit), `BadConfig` (release.yml), `BadRequest` (it does not have
     * what was asked for), `PolicyRefused` (not on the allowed branch) or `Unavailable`.
     */
    admit(request: ReleaseRequest): Promise<Plan> {
      return whileHeartbeating(`reading ${shortCommit(request.commit)}`, ({ signal }) =>
        typed(async () => {
          const { repository, commit } = request;
          // The full id must be a commit's; never a branch or a tag that is called like one.
          await source.resolveCommit(repository, commit, signal);
          const treeHash = await source.treeHash(repository, commit, signal);
          const own = await configAt(source, repository, commit, signal);
          if (request.purpose === 'check') return makePlan({ request, treeHash, own, head: { config: own, commit } });
          return makePlan({ request, treeHash, own, head: await allowedHead(source, request, signal) });
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

async function allowedHead(
  source: Source,
  { repository, commit }: ReleaseRequest,
  signal: AbortSignal,
): Promise<{ config: ReleaseConfig; commit: string }> {
  const trusted = await source.branchHead(repository, TRUSTED_BRANCH, signal);
  const { branch } = await configAt(source, repository, trusted, signal);
  const head = branch === TRUSTED_BRANCH ? trusted : await source.branchHead(repository, branch, signal);
  if (!(await source.isAncestor(repository, commit, head, signal))) {
    throw new TypedError('PolicyRefused', `commit ${commit} is not on branch ${branch} of ${repository}`);
  }
  return { config: await configAt(source, repository, head, signal), commit: head };
}

async function configAt(
  source: Source,
  repository: string,
  commit: string,
  signal: AbortSignal,
): Promise<ReleaseConfig> {
  const text = await source.readFileAt(repository, commit, CONFIG_FILE, CONFIG_LIMIT_BYTES, signal);
  const parsed = parseReleaseConfig(text.toString('utf8'), CONFIG_FILE);
  if (parsed.ok) return parsed.config;
  throw new TypedError('BadConfig', `at ${shortCommit(commit)}: ${parsed.problems.map(formatProblem).join('; ')}`);
}

async function typed<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SourceError) throw typedSourceError(error);
    throw error;
  }
}

export function typedSourceError(error: SourceError): TypedError {
  switch (error.code) {
    case 'unreachable':
      return new TypedError('Unavailable', error.message, { cause: error });
    case 'not-found':
      return new TypedError('BadConfig', error.message, { cause: error });
    case 'not-a-repository':
    case 'unknown-commit':
    case 'ambiguous-commit':
    case 'unknown-branch':
    case 'refused-url':
    case 'shallow':
      return new TypedError('SourceMissing', error.message, { cause: error });
  }
}
