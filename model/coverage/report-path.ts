/**
 * The path of a file as a report names it, made relative to the checkout at `root` (absolute, with `/` or `\`).
 *
 * Reports are written by many tools on many systems: `./src/a.js`, `src\a.js`, `/work/checkout/src/a.js` and
 * `C:\work\checkout\src\a.js` are one file. A path outside `root` stays absolute, so that no glob takes it for one inside.
 */
export function relativeToRoot(named: string, root: string): string {
  const path = collapse(
    named
      .trim()
      .replaceAll('\\', '/')
      .replace(/^file:\/\/(?=\/)/, ''),
  );
  const base = collapse(root.replaceAll('\\', '/')).replace(/\/$/, '');
  if (isInside(path, base)) return path.slice(base.length + 1);
  // A relative path that climbs out of the checkout is outside as well.
  return path.startsWith('../') || path === '..' ? `${base}/${path}` : path;
}

/** Whether the path, as {@link relativeToRoot} gives it, is outside the checkout. */
export function isOutside(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

function isInside(path: string, base: string): boolean {
  const prefix = `${base}/`;
  // Drive letters come in both cases from the same machine.
  return /^[A-Za-z]:/.test(base) ? path.toLowerCase().startsWith(prefix.toLowerCase()) : path.startsWith(prefix);
}

/** Without `.`, `..` and doubled slashes, as far as they can be resolved. */
function collapse(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
