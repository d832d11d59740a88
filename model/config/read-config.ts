import type { z } from 'zod';
import type { ConfigProblem } from './release-config';
import { describeIssues } from './sentences';
import { readYaml } from './yaml-source';
import type { Found, PathPart } from './yaml-source';

/** A screenful: what comes after is mostly the same again. */
const MAX_PROBLEMS = 25;

/** What no single value can show. */
export interface CrossProblem {
  path: PathPart[];
  message: string;
}

export interface ConfigFormat<InFile, Resolved> {
  schema: z.ZodType<InFile>;
  /** Asked only of what fits the schema. */
  crossChecks: (file: InFile) => CrossProblem[];
  resolve: (file: InFile) => Resolved;
  /** Its reference page, for whoever wrote an empty file. */
  docs: string;
}

export type ReadConfig<Resolved> = { ok: true; config: Resolved } | { ok: false; problems: ConfigProblem[] };

/**
 * Reads the text of a configuration file; `file` is its name in messages. Nothing of it is executed.
 *
 * Never throws, whatever the text. At most 25 problems, in the order of the file.
 */
export function readConfig<InFile, Resolved>(
  text: string,
  file: string,
  { schema, crossChecks, resolve, docs }: ConfigFormat<InFile, Resolved>,
): ReadConfig<Resolved> {
  const source = readYaml(text);
  if ('problems' in source) return refuse(source.problems, file);
  if (source.value === null || source.value === undefined) {
    const message = `the file is empty; see ${docs} for what it holds`;
    return refuse([{ line: 1, column: 1, path: [], message }], file);
  }
  const parsed = schema.safeParse(source.value);
  if (!parsed.success) return refuse(describeIssues(parsed.error.issues, source), file);
  const crossed = crossChecks(parsed.data);
  if (crossed.length > 0) {
    return refuse(
      crossed.map((each) => ({ ...each, ...source.locate(each.path) })),
      file,
    );
  }
  return { ok: true, config: resolve(parsed.data) };
}

function refuse(found: readonly Found[], file: string): { ok: false; problems: ConfigProblem[] } {
  const problems = found
    .map(({ line, column, path, message }) => ({ file, line, column, path: path.join('.'), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
}
