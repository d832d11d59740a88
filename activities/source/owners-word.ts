import { shortCommit } from '../../model/commit';
import { parseReleaseConfig } from '../../model/config/parse';
import type { ReleaseConfig } from '../../model/config/release-config';
import { formatProblem } from '../../model/config/release-config';
import { TypedError } from '../../model/failures';
import type { Source } from './source';

const CONFIG_FILE = 'release.yml';
const CONFIG_LIMIT_BYTES = 256 * 1024;
/** Only its commits deploy, unless release.yml on it names another: a commit cannot choose the branch it must be on. */
const TRUSTED_BRANCH = 'main';

/** Which repository is asked, and until when. */
export interface Asked {
  source: Source;
  repository: string;
  signal: AbortSignal;
  /** What was fetched at most so long ago is good enough; absent: it is fetched now. */
  knownForMs?: number;
}

/** What release.yml says at the head of the branch that alone may deploy, where no policy says it. */
export interface AllowedHead {
  /** For sentences. */
  from: string;
  config: ReleaseConfig;
  branch: string;
  commit: string;
}

export async function allowedHead(asked: Asked): Promise<AllowedHead> {
  const { source, repository, signal, knownForMs } = asked;
  const trusted = await source.branchHead(repository, TRUSTED_BRANCH, signal, knownForMs);
  const first = await configAt(asked, trusted);
  const { branch } = first;
  const from = `release.yml at the head of ${branch}`;
  if (branch === TRUSTED_BRANCH) return { from, config: first, branch, commit: trusted };
  const commit = await source.branchHead(repository, branch, signal, knownForMs);
  return { from, config: await configAt(asked, commit), branch, commit };
}

/** `release.yml` at a commit. Throws `BadConfig` with every problem of it. */
export async function configAt({ source, repository, signal }: Asked, commit: string): Promise<ReleaseConfig> {
  const text = await source.readFileAt(repository, commit, CONFIG_FILE, CONFIG_LIMIT_BYTES, signal);
  const parsed = parseReleaseConfig(text.toString('utf8'), CONFIG_FILE);
  if (parsed.ok) return parsed.config;
  throw new TypedError('BadConfig', `at ${shortCommit(commit)}: ${parsed.problems.map(formatProblem).join('; ')}`);
}
