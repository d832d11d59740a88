import { readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { TypedError } from '../../../model/failures';
import { isInside } from '../inside';

/** A file or link that goes into the image. */
export interface SelectedFile {
  /** Relative to the checkout, with `/`. */
  path: string;
  /** Set for symbolic links: the target as written. */
  linkTo?: string;
}

/**
 * The files of a checkout that the globs name, in the order of their bytes; `.git` never, hidden files like any other.
 * Throws `ImageBuild` when nothing matches, and for a symbolic link that leads out of the checkout: in an image it
 * would silently point at something else.
 */
export async function selectFiles(checkout: string, files: string[], exclude: string[]): Promise<SelectedFile[]> {
  const wanted = picomatch(files, { dot: true, ignore: exclude });
  const root = await realpath(checkout);
  const selected: SelectedFile[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (path === '.git' || path.startsWith('.git/') || !wanted(path)) continue;
    if (entry.isFile()) selected.push({ path });
    if (entry.isSymbolicLink()) selected.push({ path, linkTo: await insideLink(root, path) });
  }
  if (selected.length === 0) {
    throw new TypedError(
      'ImageBuild',
      `No file of the commit matches image.files (${files.join(', ')})` +
        `${exclude.length === 0 ? '' : ` without image.exclude (${exclude.join(', ')})`}.`,
    );
  }
  return selected.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

async function insideLink(root: string, path: string): Promise<string> {
  const target = await readlink(join(root, path));
  const written = resolve(dirname(join(root, path)), target);
  // A link may lead out through another link; one that leads nowhere has only its text to go by.
  const followed = await realpath(join(root, path)).catch(() => written);
  if (isAbsolute(target) || !isInside(root, written) || !isInside(root, followed)) {
    throw new TypedError(
      'ImageBuild',
      `The symbolic link ${path} points out of the commit (to ${target}); make it relative and inside, or exclude it.`,
    );
  }
  return target;
}
