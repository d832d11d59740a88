import { judgeAnswer, judgeDigests, nextStreak } from '../../model/health';
import type { HttpAnswer } from '../../model/health';

const COMMIT = '1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b';
const OTHER = 'f'.repeat(40);
const answer = (body: string, status = 200, cut = false): HttpAnswer => ({ kind: 'answer', status, body, cut });

describe('an answer', () => {
  it.each<[string, HttpAnswer, string | null, string | undefined, boolean, string]>([
    [
      'names the commit anywhere',
      answer(`v ${COMMIT}\n`),
      COMMIT,
      undefined,
      true,
      'answered 200 with commit 1a2b3c4d5e6f',
    ],
    ['names no commit', answer('ok'), COMMIT, undefined, false, 'answered 200 without commit 1a2b3c4d5e6f in its body'],
    [
      'was too long to be read',
      answer('x', 200, true),
      COMMIT,
      undefined,
      false,
      'answered 200 without commit 1a2b3c4d5e6f in its body (only its beginning was read)',
    ],
    [
      'names the commit at its path',
      answer(JSON.stringify({ build: { commit: COMMIT } })),
      COMMIT,
      'build.commit',
      true,
      'answered 200 with commit 1a2b3c4d5e6f',
    ],
    [
      'names the commit in a list',
      answer(JSON.stringify({ builds: [COMMIT] })),
      COMMIT,
      'builds.0',
      true,
      'answered 200 with commit 1a2b3c4d5e6f',
    ],
    [
      'names another commit',
      answer(JSON.stringify({ commit: OTHER })),
      COMMIT,
      'commit',
      false,
      'answered 200 with commit ffffffffffff instead of 1a2b3c4d5e6f',
    ],
    [
      'names the commit elsewhere than at its path',
      answer(JSON.stringify({ sha: COMMIT })),
      COMMIT,
      'commit',
      false,
      'answered 200 without `commit` in its JSON',
    ],
    [
      'names only the short commit',
      answer(JSON.stringify({ commit: '1a2b3c4d5e6f' })),
      COMMIT,
      'commit',
      false,
      'answered 200 with commit 1a2b3c4d5e6f instead of 1a2b3c4d5e6f',
    ],
    [
      'is not JSON where JSON is asked for',
      answer('<html>'),
      COMMIT,
      'commit',
      false,
      'answered 200 with a body that is not JSON',
    ],
    [
      'asks an inherited name',
      answer('{}'),
      COMMIT,
      'constructor',
      false,
      'answered 200 without `constructor` in its JSON',
    ],
    ['is an error that names the commit', answer(COMMIT, 503), COMMIT, undefined, false, 'answered 503'],
    ['is a redirect', answer(COMMIT, 302), COMMIT, undefined, false, 'answered 302'],
    ['is good where no commit is known', answer('ok', 204), null, 'commit', true, 'answered 204'],
    ['is an error where no commit is known', answer('no', 500), null, undefined, false, 'answered 500'],
    ['never came', { kind: 'none', reason: 'connection refused' }, COMMIT, undefined, false, 'connection refused'],
  ])('%s', (_title, given, commit, commitAt, good, seen) => {
    expect(judgeAnswer(given, commit, commitAt)).toEqual({ good, seen });
  });
});

it('counts good answers in a row, and begins anew after a bad one', () => {
  let streak = { good: 0, seen: '' };
  for (const good of [true, true, false, true]) streak = nextStreak(streak, { good, seen: String(good) });
  expect(streak).toEqual({ good: 1, seen: 'true' });
});

it.each([
  ['all carry it', ['a', 'a'], 2, 'a', true],
  ['one carries another', ['a', 'b'], 2, 'a', false],
  ['one tells none', ['a', undefined], 2, 'a', false],
  ['too few run', ['a'], 2, 'a', false],
  ['none runs', [], 0, 'a', false],
  ['the digest is not known', ['a'], 1, null, false],
])('digests where %s', (_title, found, wanted, digest, good) => {
  expect(judgeDigests(found, { wanted, digest }).good).toBe(good);
});
