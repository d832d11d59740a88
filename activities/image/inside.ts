import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { TypedError } from '../../model/failures';

/** Whether `path` is `root` or below it; both absolute. Says nothing about symbolic links. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The real path of something that `release.yml` names in the checkout. Throws `ImageBuild` when it is not there, or is
 * elsewhere by way of `..` or a symbolic link: the commit must not reach the worker's own files.
 */
export async function pathInCheckout(checkout: string, path: string, setting: string): Promise<string> {
  const found = await realpath(join(checkout, path)).catch(() => undefined);
  if (found === undefined) throw new TypedError('ImageBuild', `${setting} names ${path}, which is not in the commit.`);
  if (isInside(await realpath(checkout), found)) return found;
  throw new TypedError('ImageBuild', `${setting} names ${path}, which leads out of the commit.`);
}
