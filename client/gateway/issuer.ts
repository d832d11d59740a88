import { usageError } from '../errors';

/** GitHub's own. On a GitHub Enterprise Server it is `https://HOST/_services/token`. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** Audiences that tokens for others carry: whoever gets one of those could use it here. */
const SHARED_AUDIENCE = /^(?:https:\/\/github\.com\/[^/]+\/?|sts\.amazonaws\.com(?:\.cn)?)$/;
const AUDIENCE = /^[\x21-\x7e]{3,256}$/;

/**
 * The issuer as tokens must name it, letter by letter. Throws a ClientError (exit 2) for what is not an `https:` URL;
 * `http:` is taken on loopback alone, where nobody is in between.
 */
export function checkedIssuer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === undefined || !plain || !isTrustedTransport(url) || text.endsWith('/') || /[?#]/.test(text)) {
    throw usageError(
      `\`${text}\` cannot be the issuer: give an https: URL without query or final slash, such as ${GITHUB_ISSUER} or https://HOST/_services/token.`,
    );
  }
  return text;
}

/** The audience of this gateway alone. Throws a ClientError (exit 2) for one that tokens for somebody else carry. */
export function checkedAudience(text: string): string {
  if (!AUDIENCE.test(text)) {
    throw usageError(`\`${text}\` cannot be the audience: give 3 to 256 printable characters without spaces.`);
  }
  if (SHARED_AUDIENCE.test(text)) {
    throw usageError(
      `\`${text}\` cannot be the audience: tokens for others carry it too; choose one of this gateway's own, such as its URL.`,
    );
  }
  return text;
}

/** `https:` anywhere, `http:` on loopback. */
export function isTrustedTransport(url: URL): boolean {
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(url.hostname))
  );
}
