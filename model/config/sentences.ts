import type { z } from 'zod';
import { nearest } from './suggest';
import type { Found, PathPart, YamlSource } from './yaml-source';

type Issue = z.core.$ZodIssue;

/** Of one mapping; finding each in the text takes time. */
const MAX_UNKNOWN_KEYS = 25;

/** What zod found, as sentences with places. */
export function describeIssues(issues: readonly Issue[], source: YamlSource): Found[] {
  return issues.flatMap((issue) => describe(issue, source));
}

function describe(issue: Issue, source: YamlSource): Found[] {
  const path = issue.path.map((part): PathPart => (typeof part === 'number' ? part : String(part)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_UNKNOWN_KEYS).map((key) => ({
        ...source.locateKey(path, key),
        path: [...path, key],
        message: unknownKey(key, issue.message.split(' ')),
      }));
    case 'invalid_key': {
      const key = String(path.at(-1));
      const expected = issue.issues[0]?.message ?? 'another name';
      return [
        {
          ...source.locateKey(path.slice(0, -1), key),
          path,
          message: `\`${clip(key)}\` cannot be used here: expected ${expected}`,
        },
      ];
    }
    case 'custom':
      if (issue.params?.['expectation'] !== true) return [{ ...source.locate(path), path, message: issue.message }];
      break;
    case 'invalid_union': {
      // A list with a bad entry is better told by its entry than by "neither text nor list".
      const inner = issue.errors.find(
        (branch) => branch.length > 0 && branch.every(({ path: [first] }) => first !== undefined),
      );
      if (inner) return inner.flatMap((each) => describe({ ...each, path: [...issue.path, ...each.path] }, source));
      break;
    }
    default:
      break;
  }
  return [
    {
      ...source.locate(path),
      path,
      message: `${subject(path)} ${wrong(valueAt(source.value, path))}: expected ${issue.message}`,
    },
  ];
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const hint = near === undefined ? `; expected one of ${known.join(', ')}` : `; did you mean \`${near}\`?`;
  return `unknown key \`${clip(key)}\`${hint}`;
}

function subject(path: readonly PathPart[]): string {
  const name = path.at(-1);
  if (name === undefined) return 'the file';
  return typeof name === 'number' ? `entry ${name + 1} of \`${String(path.at(-2))}\`` : `\`${clip(name)}\``;
}

/** What stands there instead. */
function wrong(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return value.length === 0 ? 'is an empty list' : `is a list of ${value.length}`;
  switch (typeof value) {
    case 'object':
      return Object.keys(value).length === 0 ? 'is an empty mapping' : 'is a mapping';
    case 'string':
      return `is ${JSON.stringify(clip(value))}`;
    case 'number':
      return `is the number ${value}`;
    default:
      return `is ${JSON.stringify(value)}`;
  }
}

function valueAt(root: unknown, path: readonly PathPart[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PathPart, unknown>)[part] : undefined,
    root,
  );
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
