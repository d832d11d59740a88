import type { z } from 'zod';
import { isFullCommit } from '../../model/commit';
import { mapping, matching, oneOf, sluiceName } from '../../model/config/fields';
import { describeIssues } from '../../model/config/sentences';
import type { Purpose } from '../../model/plan';
import { z as zod } from 'zod';
import { badRequest } from './problem';

/** What callers may send. Unknown members are refused by name, with the one that was probably meant. */

const MOST_ENVIRONMENTS = 20;
/** Goes into a workflow's history and into lists: one paragraph without control characters. */
const remark = matching(/^[^\p{Cc}\p{Cf}\u2028\u2029]{1,500}$/u, 'text of 1 to 500 characters on one line');
const environment = sluiceName('the name of an environment');

const startSchema = mapping({
  purpose: oneOf(['release', 'check']).default('release'),
  project: sluiceName('the name of the project'),
  commit: matching(
    /^[0-9a-f]{40}$/,
    'a full commit id: 40 hex digits in lower case; branches, tags and short ids move',
  ),
  environments: zod
    .array(environment, { error: 'a list of names of environments' })
    .max(MOST_ENVIRONMENTS, `at most ${MOST_ENVIRONMENTS} names`)
    .default([]),
  allowOlder: remark.optional(),
});
const decisionSchema = mapping({ comment: remark.optional(), environment: environment.optional() });
const abortSchema = mapping({ reason: remark.optional() });

const RUN = matching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the runId of a release');
const readSchema = mapping({
  run: RUN.optional(),
  waitSeconds: matching(/^(?:\d|1\d|2[0-5])$/, 'a whole number of seconds from 0 to 25')
    .default('0')
    .transform(Number),
  since: matching(/^\d{1,15}$/, 'the version of an earlier answer')
    .transform(Number)
    .optional(),
});
const steerSchema = mapping({ run: RUN.optional() });
const nothingSchema = mapping({});

export interface AskedStart {
  purpose: Purpose;
  project: string;
  commit: string;
  environments: string[];
  allowOlder?: string | undefined;
}

/** The body of a start. Throws a GatewayProblem (`bad-request`) that names the first thing that is wrong. */
export function askedStart(body: unknown): AskedStart {
  const asked = read(startSchema, body);
  if (asked.purpose === 'check' && (asked.environments.length > 0 || asked.allowOlder !== undefined))
    throw badRequest('A check deploys nowhere: leave out `environments` and `allowOlder`.');
  return { ...asked, environments: [...new Set(asked.environments)] };
}

export function askedDecision(body: unknown): { comment?: string | undefined; environment?: string | undefined } {
  return read(decisionSchema, body);
}

export function askedAbort(body: unknown): { reason?: string | undefined } {
  return read(abortSchema, body);
}

export interface AskedRead {
  run?: string | undefined;
  waitSeconds: number;
  since?: number | undefined;
}

/** The query of a read. A member that comes twice is refused: nobody could say which one was meant. */
export function askedRead(query: URLSearchParams): AskedRead {
  return read(readSchema, membersOf(query));
}

export function askedRun(query: URLSearchParams): string | undefined {
  return read(steerSchema, membersOf(query)).run;
}

export function askedNothing(query: URLSearchParams): void {
  read(nothingSchema, membersOf(query));
}

export interface AskedRelease {
  workflowId: string;
  purpose: Purpose;
  project: string;
}

/** A release as the path names it. Throws a GatewayProblem (`not-found`'s sentence, as `bad-request`) for anything else. */
export function askedRelease(workflowId: string): AskedRelease {
  const [purpose, project = '', commit = '', ...more] = workflowId.split(':');
  const known = purpose === 'release' || purpose === 'check';
  if (!known || more.length > 0 || !isFullCommit(commit) || !sluiceName('').safeParse(project).success) {
    throw badRequest(
      'The path does not name a release: expected release:<project>:<commit> or check:<project>:<commit>.',
    );
  }
  return { workflowId, purpose, project };
}

function membersOf(query: URLSearchParams): Record<string, string> {
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badRequest(`The query has \`${clip(twice)}\` twice.`);
  return Object.fromEntries(query);
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Written for files; a request has no lines.
  const place = { line: 1, column: 1 };
  // A misspelt member is better told by its name than by the one that is missing for it.
  const issues = [...parsed.error.issues].sort((a, b) => rank(a) - rank(b));
  const [first] = describeIssues(issues, { value, locate: () => place, locateKey: () => place });
  const message = first?.message ?? 'the request is not what was expected';
  throw badRequest(`${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith('?') ? '' : '.'}`);
}

function rank({ code }: { code: string | undefined }): number {
  return code === 'unrecognized_keys' ? 0 : 1;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
