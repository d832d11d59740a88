import { isFullCommit } from '../model/commit';
import { parseReleaseConfig } from '../model/config/parse';
import type { ReleaseConfig } from '../model/config/release-config';
import { ConfigError } from './config-error';
import { usageError } from './errors';
import { git } from './git';
import { releasableUrl } from './repository-url';

/** Git itself takes 4; fewer than 7 are not worth the risk. */
const COMMIT_DIGITS = /^[0-9a-f]{7,40}$/i;
const CONFIG_FILE = 'release.yml';

/** Absolute path of the repository's top level that holds `cwd`. Throws a ClientError (exit 2) where there is none. */
export async function topLevel(cwd: string): Promise<string> {
  const { exitCode, stdout, complaint } = await git(cwd, ['rev-parse', '--show-toplevel']);
  if (exitCode === 0 && stdout.trim() !== '') return stdout.replace(/\n$/, '');
  if (complaint.includes('not a git repository')) {
    throw usageError(`${cwd} is not in a Git repository: run this in a clone of what you want to release.`);
  }
  throw usageError(`git cannot read the repository at ${cwd}: ${complaint || 'it has no work tree'}.`);
}

/**
 * The full id of the commit that `reference` means: `HEAD`, or at least 7 of its digits.
 *
 * Only objects are looked at, never names: a branch or a tag called like a commit is not taken for it.
 * Throws a ClientError (exit 2) for an unknown or ambiguous one and for anything that is not a commit.
 */
export async function resolveCommit(top: string, reference = 'HEAD'): Promise<string> {
  if (reference === 'HEAD') {
    const { exitCode, stdout } = await git(top, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    if (exitCode !== 0) throw usageError(`The repository ${top} has no commit yet.`);
    return stdout.trim();
  }
  if (!COMMIT_DIGITS.test(reference)) {
    throw usageError(
      `\`${reference}\` is not a commit: give at least 7 digits of its id, or HEAD; branches and tags move, so they are not taken.`,
    );
  }
  const commits = await commitsBeginningWith(top, reference.toLowerCase());
  const [commit] = commits;
  if (commit === undefined)
    throw usageError(`The repository ${top} has no commit ${reference}; fetch it first, or correct the id.`);
  if (commits.length > 1)
    throw usageError(`Commit ${reference} is ambiguous: ${commits.join(', ')}; give more digits.`);
  return commit;
}

async function commitsBeginningWith(top: string, prefix: string): Promise<string[]> {
  const { stdout } = await git(top, ['rev-parse', `--disambiguate=${prefix}`]);
  const objects = stdout.split('\n').filter(isFullCommit);
  const types = await Promise.all(objects.map((object) => git(top, ['cat-file', '-t', object])));
  return objects.filter((_, index) => types[index]?.stdout.trim() === 'commit');
}

/** `release.yml` as it is at the commit. Throws a ClientError (exit 2) when it is missing there, and a ConfigError when it is wrong. */
export async function configAt(top: string, commit: string): Promise<ReleaseConfig> {
  const { exitCode, stdout } = await git(top, ['cat-file', 'blob', `${commit}:${CONFIG_FILE}`]);
  if (exitCode !== 0) {
    throw usageError(
      `Commit ${commit} has no ${CONFIG_FILE} at the top of the repository: add one (\`sluice validate\` checks it) and commit it.`,
    );
  }
  const parsed = parseReleaseConfig(stdout, CONFIG_FILE);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed.config;
}

/** Where workers can fetch this repository from: its remote `origin`, without any password. Throws a ClientError (exit 2) without one. */
export async function originUrl(top: string): Promise<string> {
  const { exitCode, stdout } = await git(top, ['remote', 'get-url', 'origin']);
  if (exitCode !== 0) {
    throw usageError(
      `The repository ${top} has no remote \`origin\`: say where workers can fetch it from with --repository.`,
    );
  }
  return releasableUrl(stdout.trim(), top);
}
