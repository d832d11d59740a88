import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Credentials that work for whoever finds them, by what they look like. Sources: IAM user guide "unique ID prefixes", GitHub's token formats, RFC 7468, RFC 7519. */
const SHAPES: Record<string, RegExp> = {
  'an AWS access key': /\bA(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}\b/g,
  'an AWS secret key': /secret_?access_?key["'\s:=>]+[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi,
  'an AWS session token': /session_?token["'\s:=>]+[A-Za-z0-9/+=]{100,}/gi,
  'a private key': /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/g,
  'a GitHub token': /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/g,
  'a signed token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
  'a password in a URL': /\b(?:https?|ssh|postgres(?:ql)?):\/\/[^\s/:@"'`<>${}]+:[^\s/@"'`<>${}]{8,}@/g,
};

/** What in `text` looks like a credential, or is one of these canaries, as `what: value`. */
export function credentialsIn(text: string, canaries: readonly string[] = []): string[] {
  const shaped = Object.entries(SHAPES).flatMap(([what, shape]) =>
    [...text.matchAll(shape)].map(([value]) => `${what}: ${value}`),
  );
  return [...shaped, ...canaries.filter((canary) => text.includes(canary)).map((canary) => `a canary: ${canary}`)];
}

/** Every file below a folder with its bytes as Latin-1, so that nothing is lost of what is not text; links are not followed. */
export async function filesBelow(folder: string): Promise<{ file: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'latin1') })));
}

/** All text in a message of Temporal's: of every member, payloads decoded. */
export function textsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, member]) => `${name} ${textsIn(member)}`)
    .join('\n');
}
