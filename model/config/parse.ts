import { crossChecks } from './cross-checks';
import type { ConfigProblem, ReleaseConfig } from './release-config';
import { resolveConfig } from './resolve';
import { releaseFileSchema } from './schema';
import { describeIssues } from './sentences';
import { readYaml } from './yaml-source';
import type { Found } from './yaml-source';

/** A screenful: what comes after is mostly the same again. */
const MAX_PROBLEMS = 25;

export type ParsedConfig = { ok: true; config: ReleaseConfig } | { ok: false; problems: ConfigProblem[] };

/**
 * Reads the text of a `release.yml`; `file` is its name in messages. Nothing of it is executed.
 *
 * Never throws, whatever the text: it comes from commits that nobody has judged yet. At most 25 problems, in the order of the file.
 */
export function parseReleaseConfig(text: string, file: string): ParsedConfig {
  const source = readYaml(text);
  if ('problems' in source) return refuse(source.problems, file);
  if (source.value === null || source.value === undefined) {
    const message = 'the file is empty; see docs/release-yml.md for what it holds';
    return refuse([{ line: 1, column: 1, path: [], message }], file);
  }
  const parsed = releaseFileSchema.safeParse(source.value);
  if (!parsed.success) return refuse(describeIssues(parsed.error.issues, source), file);
  const crossed = crossChecks(parsed.data);
  if (crossed.length > 0)
    return refuse(
      crossed.map((each) => ({ ...each, ...source.locate(each.path) })),
      file,
    );
  return { ok: true, config: resolveConfig(parsed.data) };
}

function refuse(found: readonly Found[], file: string): ParsedConfig {
  const problems = found
    .map(({ line, column, path, message }) => ({ file, line, column, path: path.join('.'), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
}
