import { createHash } from 'node:crypto';

const LONGEST_ROLE_NAME = 64;
const HASH_LENGTH = 8;

/** `Production` of `production`, `ShopApi` of `shop-api`: what CloudFormation takes as a name. */
export function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Gives each text a name of CloudFormation's; two that would be the same are numbered, in the order in which they come. */
export function uniqueNames(texts: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return texts.map((text) => {
    const name = pascal(text) || 'X';
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name}No${count}`;
  });
}

/** `sluice-PROJECT-ZONE`, cut off with a hash of the whole where that is longer than IAM takes. */
export function roleName(...parts: string[]): string {
  const whole = ['sluice', ...parts].join('-').replace(/[^\w+=,.@-]/g, '-');
  if (whole.length <= LONGEST_ROLE_NAME) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH);
  return `${whole.slice(0, LONGEST_ROLE_NAME - HASH_LENGTH - 1)}-${hash}`;
}

/** Path and name of a role's ARN: `/ci/` and `deployer`. */
export function roleOfArn(arn: string): { path: string; name: string; account: string } {
  const [, , , , account = '', resource = ''] = arn.split(':');
  const [, ...segments] = resource.split('/');
  const name = segments.pop() ?? '';
  return { name, account, path: ['', ...segments, ''].join('/') };
}
