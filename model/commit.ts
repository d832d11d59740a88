/** A full Git commit id: 40 hex digits in lower case. Everything in Sluice is keyed by it, never by a branch, a tag or a short form. */
const FULL_COMMIT = /^[0-9a-f]{40}$/;

export function isFullCommit(text: string): boolean {
  return FULL_COMMIT.test(text);
}

/** The first 12 digits, for people. Never an identity. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}

/** Every digest in a text in its short form: a whole one is wider than a table. */
export function withShortDigests(text: string): string {
  return text.replace(/sha256:[0-9a-f]{64}/g, shortDigest);
}

/** `sha256:` and the first 12 digits, for people. Never an identity. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
