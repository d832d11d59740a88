/**
 * Files that name exact versions, each with what an entry of it looks like. Where one of them has an entry, a scanner of
 * dependencies that did not look at it has not told everything: Trivy leaves out a lock file that it cannot read, and says
 * so in its debug log alone.
 */
const LOCK_FILES: Readonly<Record<string, RegExp>> = {
  'package-lock.json': /"(?:node_modules\/[^"]+|resolved)"\s*:/,
  'npm-shrinkwrap.json': /"(?:node_modules\/[^"]+|resolved)"\s*:/,
  'yarn.lock': /^ {2}(?:version|resolution)\b/m,
  'pnpm-lock.yaml': /^packages:\s*\n\s+\S/m,
  'requirements.txt': /^[A-Za-z0-9][\w.-]*(?:\[[^\]\n]*\])?\s*==\s*\d/m,
  'Pipfile.lock': /"version"\s*:/,
  'poetry.lock': /^\[\[package\]\]/m,
  'uv.lock': /^\[\[package\]\][^[]*source = \{ (?:registry|git|url)/m,
  'Gemfile.lock': /^ {4}\S+ \(/m,
  'composer.lock': /"packages"\s*:\s*\[\s*\{/,
  'Cargo.lock': /^source = /m,
  'go.mod': /^(?:require\s+|\s+)\S+ v\d/m,
  'gradle.lockfile': /^[^#\s=]+:[^:\s]+:[^\s=]+=/m,
  'packages.lock.json': /"resolved"\s*:/,
  'mix.lock': /:hex,/,
  'pubspec.lock': /^ {4}version:/m,
};

/** Folders that scanners leave out, since package managers fill them. */
const LEFT_OUT = /(?:^|\/)(?:node_modules|vendor|\.git)\//;

/** Names by which a walk finds candidates. */
export const LOCK_FILE_NAMES: ReadonlySet<string> = new Set(Object.keys(LOCK_FILES));

/** Whether that file, by its path in the commit and its text, names a version of something. */
export function namesVersions(path: string, text: string): boolean {
  if (LEFT_OUT.test(path)) return false;
  return LOCK_FILES[path.slice(path.lastIndexOf('/') + 1)]?.test(text) ?? false;
}
