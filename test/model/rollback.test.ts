import type { VerifiedRevision } from '../../model/messages';
import { whyNotReturnable } from '../../model/returnable';
import type { EarlierRevision } from '../../model/returnable';
import { chooseRevision, isRollbackTarget, PREVIOUS_GOOD, whyNotPossible } from '../../model/rollback';

/** `a1` is commit aaaa… as revision api:1. */
function revision(name: string): VerifiedRevision {
  const [letter = '', number = ''] = name;
  return {
    commit: letter.repeat(40),
    digest: `sha256:${letter}`,
    taskDefinitions: { api: `arn:td/api:${number}`, worker: `arn:td/worker:${number}` },
    at: Date.parse('2026-11-23T10:00:00Z') + Number(number),
  };
}

/** Newest last, as the environment remembers them. */
const history = (names: string): VerifiedRevision[] => names.split(' ').filter(Boolean).map(revision);
const running = (name: string): Record<string, string> => (name === '' ? {} : revision(name).taskDefinitions);

/** The revision's short name, or the sentence. */
function chosen(names: string, runs: Record<string, string>, to: string = PREVIOUS_GOOD): string {
  const choice = chooseRevision(history(names), runs, { environment: 'production', to });
  if (choice.kind === 'none') return choice.cause;
  const { commit, taskDefinitions } = choice.revision;
  return `${commit[0] ?? ''}${taskDefinitions['api']?.split(':').at(-1) ?? ''}`;
}

describe('previous-good', () => {
  it.each([
    ['is the one before what runs', 'a1 b2 c3', 'c3', 'b2'],
    ['is the newest verified one where what runs was never verified', 'a1 b2', 'x9', 'b2'],
    ['is the newest verified one where it is not known what runs', 'a1 b2', '', 'b2'],
    ['is the only one there is, where something else runs', 'a1', 'x9', 'a1'],
    ['is an earlier revision of the same commit, too', 'a1 b2 b3', 'b3', 'b2'],
    ['does not go forth again after a rollback', 'a1 b2 c3 b2', 'b2', 'a1'],
    ['goes further back with every rollback', 'a1 b2 c3 d4 c3 b2', 'b2', 'a1'],
    ['does not count what people went back from, though something unverified runs now', 'a1 b2 a1', 'x9', 'a1'],
    ['is what a rollback went to, once something new was released after it', 'a1 b2 a1 c3', 'c3', 'a1'],
    ['does not count what an older commit was deployed again instead of', 'a1 b2 a3 c4', 'c4', 'a3'],
    ['looks from where somebody went back by hand', 'a1 b2 c3', 'b2', 'a1'],
    ['is not confused by a release that found nothing to deploy', 'a1 b2 b2', 'b2', 'a1'],
  ])('%s', (_what, names, runs, expected) => {
    expect(chosen(names, running(runs))).toBe(expected);
  });

  it('counts a revision as running only when every service runs it', () => {
    expect(chosen('a1 b2', { api: 'arn:td/api:2', worker: 'arn:td/worker:1' })).toBe('b2');
  });

  it('says that nothing is known to be good', () => {
    expect(chosen('', running('x9'))).toBe(
      'nothing that ran in production is known to be good: no release was ever verified there',
    );
  });

  it('says that nothing is known before what runs, and lists what could be named', () => {
    expect(chosen('a1 b2 a1', running('a1'))).toBe(
      `production runs ${'a'.repeat(12)} already, and nothing before it is known to be good; name a commit with --to: ${'a'.repeat(12)}, ${'b'.repeat(12)}`,
    );
  });
});

describe('a commit', () => {
  it.each([
    ['in full', 'a1 b2', 'a'.repeat(40), 'a1'],
    ['by its first digits', 'a1 b2', 'aaaaaaa', 'a1'],
    ['means its newest verified revision', 'a1 b2 a3 c4', 'aaaaaaa', 'a3'],
    ['may be one that people went back from', 'a1 b2 a1', 'bbbbbbb', 'b2'],
    ['may be what runs: then there is nothing to do', 'a1 b2', 'bbbbbbb', 'b2'],
  ])('%s', (_what, names, to, expected) => {
    expect(chosen(names, running('b2'), to)).toBe(expected);
  });

  it('that was never verified is answered with those that were', () => {
    expect(chosen('a1 b2', running('b2'), 'ccccccc')).toBe(
      `commit ccccccc was never verified in production, as far as is known; known are ${'b'.repeat(12)}, ${'a'.repeat(12)}`,
    );
  });

  it('that could be two is not guessed', () => {
    const two = [revision('a1'), { ...revision('a2'), commit: `${'a'.repeat(39)}b` }];
    const choice = chooseRevision(two, {}, { environment: 'production', to: 'a'.repeat(12) });
    expect(choice).toMatchObject({ kind: 'none', cause: expect.stringContaining('means several commits') as string });
  });
});

it.each([
  ['previous-good', true],
  ['a'.repeat(40), true],
  ['abcdef0', true],
  ['abcdef', false],
  ['HEAD', false],
  ['previous', false],
  ['', false],
])('--to %s can be looked for: %s', (to, expected) => {
  expect(isRollbackTarget(to)).toBe(expected);
});

describe('a task definition to go back to', () => {
  const live = 'arn:aws:ecs:eu-west-1:1:task-definition/api:7';
  const wanted = { commit: 'a'.repeat(40), digest: 'sha256:1' };
  const earlier: EarlierRevision = {
    arn: 'arn:aws:ecs:eu-west-1:1:task-definition/api:3',
    status: 'ACTIVE',
    tags: { release: 'r', commit: wanted.commit, verified: '2026-11-23T10:00:00Z' },
    digest: 'sha256:1',
  };

  it('may be deployed when it is all that it must be', () => {
    expect(whyNotReturnable(live, earlier, wanted)).toBeUndefined();
    expect(whyNotReturnable(undefined, earlier, wanted)).toBeUndefined();
  });

  it.each<[string, Partial<EarlierRevision>, RegExp]>([
    ['of another family', { arn: earlier.arn.replace('api:3', 'web:3') }, /web:3 is of another family than api:7/],
    ['never verified', { tags: { release: 'r', commit: wanted.commit } }, /does not carry the mark/],
    ['of another commit', { tags: { ...earlier.tags, commit: 'b'.repeat(40) } }, /is of commit bbbbbbbbbbbb, not of a/],
    ['of another image', { digest: 'sha256:2' }, /runs sha256:2 instead of sha256:1/],
    ['not pinned', { digest: undefined }, /runs an image that is not pinned/],
    ['deregistered', { status: 'INACTIVE' }, /api:3 is INACTIVE/],
  ])('may not when it is %s', (_what, change, says) => {
    expect(whyNotReturnable(live, { ...earlier, ...change }, wanted)).toMatch(says);
  });
});

it('findings that are all good stand in nobody’s way; the others are all said', () => {
  const good = { what: 'api: service', good: true, said: 'it is there' };
  expect(whyNotPossible([good])).toBeUndefined();
  const bad = [
    { what: 'api: image', good: false, said: 'gone' },
    { what: 'api: policy', good: false, said: 'no' },
  ];
  expect(whyNotPossible([good, ...bad])).toBe('api: image: gone; api: policy: no');
});
