import { z } from 'zod';
import { DURATION, parseDuration, parseSize, SIZE } from './units';

/**
 * The kinds of value that `release.yml` is made of.
 *
 * Every `error` here is the *expectation*, as a phrase that fits after "expected"; sentences.ts says what was found instead.
 */

const MAX_TEXT = 4096;
const DAY_MS = 86_400_000;
/** Timers of Node hold no more than 24.8 days. */
const LONGEST_WAIT_MS = DAY_MS;

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? known.join(' ') : `a mapping with the keys ${known.join(', ')}`,
  });
}

/** A mapping from names of the user's choosing, in the order in which it was written. */
export function named<Value extends z.ZodType>(key: z.ZodType<string, string>, value: Value, of: string) {
  return z
    .record(key, value, { error: `a mapping from names to ${of}` })
    .refine((entries) => Object.keys(entries).length > 0, {
      error: `at least one of ${of}`,
      params: { expectation: true },
    })
    .meta({ minProperties: 1 });
}

export function text(expected: string) {
  return (
    z
      .string({ error: expected })
      .min(1, expected)
      .max(MAX_TEXT, `${expected}, of at most ${MAX_TEXT} characters`)
      // A NUL ends a string for the operating system, and Node refuses to start a program with one.
      .regex(/^[^\0]*$/, `${expected}, without NUL characters`)
  );
}

export function matching(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, expected);
}

/** Names go into workflow ids and file names: no colon, no slash. */
const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export function sluiceName(what: string) {
  return matching(
    NAME,
    `${what}: 1 to 40 lower-case letters, digits and dashes, beginning with a letter, such as shop-api`,
  );
}

/** The part of git-check-ref-format(1) that keeps a branch name from being an option, a range or a path of its own. */
const BRANCH = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))(?!.*(?:\/|\.|\.lock)$)[^\s~^:?*[\\\0]{1,200}$/;

export function branchName() {
  return matching(BRANCH, 'the name of a branch, such as main');
}

/** As ECR's CreateRepository documents it. */
const REPOSITORY = /^(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export function ecrRepository() {
  return matching(REPOSITORY, 'the name of an ECR repository, such as shop-api or team/shop-api, without host or tag');
}

export function percent() {
  const expected = 'a percentage from 0 to 100, such as 80';
  return z.number({ error: expected }).min(0, expected).max(100, expected);
}

/** ECS names of clusters, services and containers. Digits alone would lose their order as keys of a mapping. */
export function ecsName(what: string) {
  return matching(
    /^(?=.*[A-Za-z_-])[A-Za-z0-9_-]{1,255}$/,
    `${what}: letters, digits, dashes and underscores, and not digits alone`,
  );
}

export function region() {
  return matching(/^[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/, 'an AWS region such as eu-west-1');
}

export function duration(options: { default: string; atMostMs?: number }) {
  const { atMostMs = LONGEST_WAIT_MS } = options;
  const most = `${atMostMs / DAY_MS} ${atMostMs === DAY_MS ? 'day' : 'days'}`;
  return matching(DURATION, 'a duration with a unit (ms, s, m, h or d), such as 90s, 10m, 2h or 3d')
    .refine((given) => (parseDuration(given) ?? 0) <= atMostMs, {
      error: `at most ${most}`,
      params: { expectation: true },
    })
    .prefault(options.default)
    .transform((given) => parseDuration(given) ?? 0);
}

export function size(options: { default: string; atMost: string }) {
  const most = parseSize(options.atMost) ?? 0;
  return matching(SIZE, 'a size with a unit (B, KiB, MiB or GiB), such as 512MiB')
    .refine((given) => (parseSize(given) ?? 0) <= most, {
      error: `at most ${options.atMost}`,
      params: { expectation: true },
    })
    .prefault(options.default)
    .transform((given) => parseSize(given) ?? 0);
}

export function wholeNumber(from: number, to: number) {
  const expected = `a whole number from ${from} to ${to}`;
  return z.number({ error: expected }).int(expected).min(from, expected).max(to, expected);
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** A file or folder of the checkout; `./` in front is dropped. */
export function pathInside() {
  const expected = 'a path inside the checkout, relative to its root, without `..`';
  return text(expected)
    .regex(/^(?!\/|~|[A-Za-z]:)(?!(?:[^/]*\/)*\.\.(?:\/|$))(?!(?:\.\/)*\.git(?:\/|$))[^\\]*$/, expected)
    .transform((given) => given.replace(/^(?:\.\/+)+(?=.)/, '').replace(/(?<=.)\/+$/, ''));
}

/** Many stars in one name make matching slow without making it say more. */
const STARS_IN_ONE_NAME = /[^/]*\*[^/*]+\*[^/*]+\*[^/*]+\*[^/]*/;

export function globs() {
  const expected = "a list of globs relative to the root of the checkout, such as ['src/**', '*.json']";
  const glob = text(expected)
    .max(256, `${expected}; this one is longer than 256 characters`)
    .regex(
      /^(?!\/|!|[A-Za-z]:)(?!(?:[^/]*\/)*\.\.(?:\/|$))[^\\]*$/,
      `${expected}, without \`..\`, \`!\` in front or backslashes`,
    )
    .refine((given) => !STARS_IN_ONE_NAME.test(given), {
      error: `${expected}, with at most three \`*\` in one name`,
      params: { expectation: true },
    })
    .transform((given) => given.replace(/^(?:\.\/+)+(?=.)/, ''));
  return z.array(glob, { error: expected }).max(100, 'at most 100 globs');
}

export function absoluteFolder() {
  const expected = 'an absolute path without `..`, such as /app';
  return text(expected).regex(/^\/(?!(?:[^/]*\/)*\.\.(?:\/|$))[^\\]*$/, expected);
}

/** Program and arguments; no shell is in between. */
export function argv() {
  const expected = 'a list of a program and its arguments, such as [node, server.js]';
  return z.array(text(expected), { error: expected }).min(1, expected).max(100, `${expected}, at most 100`);
}

/** One command line of the shell. */
export function commandLine() {
  const expected = 'a command line such as `npm test`';
  return text(expected).regex(/\S/, expected);
}

const VALUE = 'text (numbers, true and false in quotes)';

/** Environment variables or build arguments. `reserved` names are Sluice's own. */
export function variables(options: { reserved?: RegExp; placeholders: boolean }) {
  const { reserved, placeholders } = options;
  const name = matching(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    'a name of letters, digits and underscores that does not begin with a digit',
  ).refine((given) => !reserved?.test(given), {
    error: 'another name: HOME, TMPDIR, PATH and names that begin with SLUICE_ are set by Sluice',
    params: { expectation: true },
  });
  const value = z
    .string({ error: VALUE })
    .max(MAX_TEXT, `${VALUE}, of at most ${MAX_TEXT} characters`)
    .regex(/^[^\0]*$/, `${VALUE}, without NUL characters`);
  const resolvable = value.refine((given) => !placeholders || !/\$\{(?!commit\})/.test(given), {
    error: 'no placeholder but ${commit}',
    params: { expectation: true },
  });
  return z.record(name, resolvable, { error: 'a mapping from names to text' });
}
