import { isJsonObject } from './json';
import type { Json } from './json';
import { shortCommit } from './commit';

/** What one request to the service came back with. */
export type HttpAnswer =
  | { kind: 'answer'; status: number; body: string; cut: boolean }
  /** No answer at all: refused, reset, timed out. */
  | { kind: 'none'; reason: string };

export interface AnswerJudgement {
  good: boolean;
  /** What was seen, without a subject: "answered 503". */
  seen: string;
}

/**
 * Whether an answer proves that the service runs `commit`. Null asks only for an answer of 2xx: for a baseline of which
 * nobody knows the commit.
 *
 * `commitAt` is a dotted path into a JSON body; without it the full commit must stand anywhere in the body.
 */
export function judgeAnswer(answer: HttpAnswer, commit: string | null, commitAt: string | undefined): AnswerJudgement {
  if (answer.kind === 'none') return { good: false, seen: answer.reason };
  const { status, body } = answer;
  if (status < 200 || status > 299) return { good: false, seen: `answered ${status}` };
  if (commit === null) return { good: true, seen: `answered ${status}` };
  if (commitAt === undefined) {
    return body.includes(commit)
      ? { good: true, seen: `answered ${status} with commit ${shortCommit(commit)}` }
      : {
          good: false,
          seen: `answered ${status} without commit ${shortCommit(commit)} in its body${cutNote(answer.cut)}`,
        };
  }
  return judgeJson(answer, commit, commitAt);
}

function judgeJson(
  { status, body, cut }: HttpAnswer & { kind: 'answer' },
  commit: string,
  commitAt: string,
): AnswerJudgement {
  const parsed = parse(body);
  if (parsed === undefined) {
    return { good: false, seen: `answered ${status} with a body that is not JSON${cutNote(cut)}` };
  }
  const found = at(parsed, commitAt);
  if (found === commit) return { good: true, seen: `answered ${status} with commit ${shortCommit(commit)}` };
  if (found === undefined) return { good: false, seen: `answered ${status} without \`${commitAt}\` in its JSON` };
  const instead = shortCommit(typeof found === 'string' ? found : JSON.stringify(found));
  return { good: false, seen: `answered ${status} with commit ${instead} instead of ${shortCommit(commit)}` };
}

/** A row of good answers; a bad one begins it anew. */
export interface Streak {
  good: number;
  seen: string;
}

export function nextStreak(before: Streak, { good, seen }: AnswerJudgement): Streak {
  return { good: good ? before.good + 1 : 0, seen };
}

function parse(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}

/** What stands at a dotted path of a JSON text; undefined where nothing does, or the text is not JSON. */
export function valueAt(text: string, path: string): Json | undefined {
  const parsed = parse(text);
  return parsed === undefined ? undefined : at(parsed, path);
}

function at(value: Json, path: string): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path.split('.')) {
    if (Array.isArray(here)) here = here[Number(step)];
    else if (isJsonObject(here) && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
  }
  return here;
}

function cutNote(cut: boolean): string {
  return cut ? ' (only its beginning was read)' : '';
}

/** Whether every running task of a service carries the digest, and as many run as the service wants. */
export function judgeDigests(
  found: readonly (string | undefined)[],
  { wanted, digest }: { wanted: number; digest: string | null },
): AnswerJudgement {
  if (digest === null) return { good: false, seen: 'cannot be proved by a digest that is not known' };
  const right = found.filter((one) => one === digest).length;
  const good = found.length > 0 && right === found.length && right >= wanted;
  return { good, seen: `runs ${right} of ${Math.max(wanted, found.length)} tasks with ${digest}` };
}
