import path from 'node:path';
import { SourceError } from './source-error';

const expected = 'give an https: or ssh: URL, a file: URL, or an absolute path';
/** `git@github.com:owner/name.git`, which Git takes for ssh; a second colon would make it a remote helper. */
const scpLike = /^[\w.-]+@[\w.-]+:[^:]+$/;

/**
 * Answers `repository` when it names a place that Git may be sent to, and throws `refused-url` otherwise: a URL such as
 * `ext::sh -c …` is a command, one that begins with a dash an option, and one with a password or token would carry that
 * into logs and histories.
 */
export function checkRepositoryUrl(repository: string): string {
  const refuse = (why: string): never => {
    throw new SourceError(
      'refused-url',
      `the repository ${redacted(repository)} is refused because ${why}: ${expected}`,
    );
  };
  if (/[\0-\x1f\x7f]/.test(repository)) return refuse('it has control characters in it');
  if (repository.startsWith('-')) return refuse('it would be read as an option');
  if (path.isAbsolute(repository) || scpLike.test(repository)) return repository;
  if (!URL.canParse(repository) || repository.includes('::')) return refuse('it is not an address of a known kind');
  const url = new URL(repository);
  const hasSecret = url.password !== '' || (url.protocol === 'https:' && url.username !== ''); // a token may be either
  if (hasSecret) return refuse('it has a user name or password in it');
  if (url.protocol === 'file:' && url.host !== '') return refuse('a file: URL has no host');
  if (!['https:', 'ssh:', 'file:'].includes(url.protocol)) return refuse(`${url.protocol} is not allowed`);
  if (url.hostname.startsWith('-')) return refuse('it would be read as an option');
  return repository;
}

/** The folder of a repository on this machine, or undefined for one that is elsewhere. */
export function localFolder(repository: string): string | undefined {
  if (path.isAbsolute(repository)) return repository;
  return repository.startsWith('file:') ? decodeURIComponent(new URL(repository).pathname) : undefined;
}

function redacted(repository: string): string {
  return JSON.stringify(repository.replace(/\/\/[^/@]*@/, '//***@'));
}
