import path from 'node:path';
import { usageError } from './errors';

/** `git@github.com:owner/name.git`: what Git calls the scp-like form. A path with a colon has a slash before it. */
const SCP_LIKE = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)([^\\]+)$/;
const PROTOCOLS = ['https:', 'ssh:', 'file:'];

/**
 * A repository as workers are told of it: an absolute path, or an `https:`, `ssh:` or `file:` URL.
 *
 * Passwords and tokens are taken out, since a release's input is kept and shown. Throws a ClientError (exit 2) for every other
 * form: other transports run commands (`ext::`) or can be read and changed on the way (`git:`, `http:`).
 */
export function releasableUrl(text: string, relativeTo: string): string {
  if (text.includes('::')) throw notReleasable(text);
  if (text.includes('://')) return checkedUrl(text);
  const scp = SCP_LIKE.exec(text);
  if (scp === null) return path.resolve(relativeTo, text);
  const [, user, host = '', where = ''] = scp;
  return `ssh://${user === undefined ? '' : `${user}@`}${host}/${where.replace(/^\//, '')}`;
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text)) throw notReleasable(text);
  const url = new URL(text);
  if (!PROTOCOLS.includes(url.protocol)) throw notReleasable(text);
  url.password = '';
  // With https the name is half of a credential, and often all of it; with ssh it says which account to ask.
  if (url.protocol === 'https:') url.username = '';
  return url.href;
}

function notReleasable(text: string): Error {
  return usageError(
    `\`${withoutUserInfo(text)}\` cannot be released from: give an https:, ssh: or file: URL, or a path.`,
  );
}

function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}
