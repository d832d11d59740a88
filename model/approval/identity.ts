import type { ApprovalRule } from '../plan';

/** GitHub's own addresses for those who keep theirs private. Source: GitHub docs, "Setting your commit email address". */
const NOREPLY = /^(?:\d+\+)?([a-z0-9][a-z0-9_-]*(?:\[bot\])?)@users\.noreply\.github\.com$/;

/**
 * One name in the form in which names are compared: `github:LOGIN`, an e-mail address, or whatever was typed; without
 * regard to case, invisible characters and a display name before the address.
 */
export function identityOf(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
  const address = /<([^<>]*)>$/.exec(plain)?.[1]?.trim() ?? plain;
  const login = NOREPLY.exec(address)?.[1];
  return login === undefined ? address : `github:${login}`;
}

/** Whose name it is: the name that the rule has for a person of several names, else the identity itself. */
export function personOf({ people = {} }: Pick<ApprovalRule, 'people'>, name: string): string {
  const identity = identityOf(name);
  const known = Object.entries(people).find(
    ([person, names]) => person === identity || names.some((one) => identityOf(one) === identity),
  );
  return known?.[0] ?? identity;
}
