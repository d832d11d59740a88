import { canonicalJson } from '../json';
import type { Json } from '../json';
import type { GateSpec } from '../plan';

/** Files by which a commit can tell scanners, linters and coverage tools what to leave out, in any folder. */
export const IGNORE_FILES = [
  '.gitleaksignore',
  '.gitleaks.toml',
  '.secretlintignore',
  '.secretlintrc*',
  '.trivyignore*',
  'trivy.yaml',
  'trivy-secret.yaml',
  '.semgrepignore',
  '.snyk',
  '.nsprc',
  'osv-scanner.toml',
  '.hadolint.y*ml',
  '.checkov.y*ml',
  '.bandit',
  '.eslintignore',
  'sonar-project.properties',
  '.coveragerc',
  '.nycrc*',
  '.c8rc*',
] as const;

/** How the gates of two commits differ, one line for each; values only where they are numbers. */
export function gateChanges(before: readonly GateSpec[], after: readonly GateSpec[]): string[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [old, now] = [before, after].map((gates) => gates.find((gate) => gate.name === name));
    if (now === undefined) return [`gate ${name} is gone`];
    if (old === undefined) return [`gate ${name} is new`];
    const changed = differences(old, now);
    return changed.length === 0 ? [] : [`gate ${name}: ${changed.join(', ')}`];
  });
}

/** Whatever keys there are: a setting that is added later is told, too. */
function differences(old: object, now: object, prefix = ''): string[] {
  const [before, after] = [old, now] as Record<string, Json | undefined>[];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key) => {
    const [one, other] = [before?.[key], after?.[key]];
    if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return [];
    const name = `${prefix}${key}`;
    if (isObject(one) && isObject(other)) return differences(one, other, `${name}.`);
    if (typeof one === 'number' && typeof other === 'number') return [`${name} ${one} -> ${other}`];
    if (other === undefined) return [`${name} is gone`];
    return [`${name} ${one === undefined ? 'is new' : 'changed'}`];
  });
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const VERB: Record<string, string> = { A: 'is new', D: 'is gone' };

/** A line for each file, by Git's letter for what happened to it. */
export function fileChanges(files: readonly { status: string; path: string }[]): string[] {
  return files.map(({ status, path }) => `${path} ${VERB[status.slice(0, 1)] ?? 'changed'}`);
}
