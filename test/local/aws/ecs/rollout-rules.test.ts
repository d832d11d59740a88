import { nextMoves, rolloutRules } from '../../../../local/aws/ecs/rollout-rules';

/** Tasks in short: `N` new and healthy, `n` new and not yet, `O` old and healthy, `o` old and not. */
function tasks(letters: string) {
  return Array.from(letters).map((letter, index) => ({
    id: `${letter}${index}`,
    isPrimary: letter.toLowerCase() === 'n',
    healthy: letter === letter.toUpperCase(),
    createdAt: index,
  }));
}

describe('nextMoves', () => {
  it.each<[string, number, [number, number], string, number, string[]]>([
    ['starts all new tasks beside the old ones', 2, [100, 200], 'OO', 2, []],
    ['stops nothing while new tasks are not healthy', 2, [100, 200], 'OOnn', 0, []],
    ['stops one old task for each new one that is healthy, oldest first', 2, [100, 200], 'OONn', 0, ['O0']],
    ['makes room by stopping where it cannot start otherwise', 2, [50, 100], 'OO', 0, ['O0']],
    ['starts as many as there is room for', 4, [100, 125], 'OOOO', 1, []],
    ['can never move where there is no room and nothing to give up', 3, [100, 125], 'OOO', 0, []],
    ['stops old tasks that are not healthy at once', 2, [100, 200], 'Oonn', 0, ['o1']],
    ['scales in', 1, [100, 200], 'NNN', 0, ['N0', 'N1']],
    ['scales in the unhealthy first', 1, [100, 200], 'Nn', 0, ['n1']],
    ['scales to zero', 0, [100, 200], 'NO', 0, ['N0', 'O1']],
    ['replaces a lost task', 2, [100, 200], 'N', 1, []],
  ])('%s', (_what, desired, [minimumHealthyPercent, maximumPercent], letters, start, stop) => {
    const rules = { minimumHealthyPercent, maximumPercent };
    expect(nextMoves({ desired, rules, mayStart: true, abandoned: false, tasks: tasks(letters) })).toEqual({
      start,
      stop,
    });
  });

  it('keeps what runs when the deployment has failed without a way back', () => {
    const rules = { minimumHealthyPercent: 0, maximumPercent: 100 };
    const facts = { desired: 3, rules, mayStart: false, abandoned: true, tasks: tasks('Oo') };
    expect(nextMoves(facts)).toEqual({ start: 0, stop: [] });
    expect(nextMoves({ ...facts, desired: 0 }).stop).toHaveLength(2);
  });
});

describe('the circuit breaker’s threshold', () => {
  it.each([
    [1, 3],
    [25, 13],
    [400, 200],
  ])('for %d tasks is %d', (desired, threshold) => {
    expect(rolloutRules({}, desired).breaker.threshold).toBe(threshold);
  });
});
