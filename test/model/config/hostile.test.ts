import { parseReleaseConfig } from '../../../model/config/parse';
import { EXAMPLE } from './example';

describe('a release.yml that means harm', () => {
  const bomb = [
    'a: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, i) => `b${i}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`),
  ].join('\n');
  it.each([
    ['aliases that multiply', bomb],
    ['an alias of itself', 'project: &a [*a]'],
    ['a large part that is repeated', `a: &a "${'x'.repeat(200_000)}"\nb: [${Array(20).fill('*a').join(', ')}]`],
    ['thousands of aliases', `a: &a x\nb: [${Array(60_000).fill('*a').join(', ')}]`],
    ['brackets in brackets', '['.repeat(130_000)],
    ['braces in braces', '{a: '.repeat(60_000)],
    ['lists in lists on one line', '- '.repeat(130_000)],
    ['questions in questions', '? '.repeat(130_000)],
    ['steps of lists', Array.from({ length: 80 }, (_, i) => `${' '.repeat(62 * i)}${'- '.repeat(31)}`).join('\n')],
    ['steps of mappings', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['many keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['one key twenty thousand times', 'a: 1\n'.repeat(20_000)],
    ['a very long word', 'x'.repeat(260_000)],
    ['more than 256 KiB', `# ${'x'.repeat(256 * 1024)}`],
    ['NUL and control characters', '\0\x01\x02\u2028: \uFFFF'],
    ['half a surrogate pair', 'project: "\\uD800"\n\uDC00: 1'],
  ])('%s is refused', (_, text) => {
    const parsed = parseReleaseConfig(text, 'release.yml');
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) {
      expect(parsed.problems.length).toBeGreaterThan(0);
      expect(parsed.problems.length).toBeLessThanOrEqual(25);
      for (const { message } of parsed.problems) expect(message.length).toBeLessThan(600);
    }
  });

  it('answers with sentences and places whatever is done to the example', () => {
    const random = randomNumbers(20261123);
    for (let round = 0; round < 1_500; round++) {
      const text = mutate(EXAMPLE, random);
      const parsed = parseReleaseConfig(text, 'release.yml');
      if (parsed.ok) continue;
      const lines = text.split(/\r\n|\r|\n/).length;
      for (const { line, column, message } of parsed.problems) {
        expect({ text, within: line >= 1 && line <= lines && column >= 1 }).toEqual({ text, within: true });
        expect(message).toMatch(/\S/);
        expect(message).not.toMatch(/Invalid input|undefined|\[object/);
      }
    }
  });
});

/** mulberry32: the same numbers on every machine, so that a failure can be seen again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const SCRAPS = [
  '\t',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '!!binary ',
  '|',
  '>',
  '"',
  "'",
  '#',
  '\n',
  '\0',
  '${',
  '..',
  '/',
  'null',
  '~',
  '0x1',
  '1e9',
  '<<: ',
  '? ',
  '---\n',
  '%',
  '\uD83D',
];

function mutate(text: string, random: (below: number) => number): string {
  let result = text;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const [from, length] = [random(result.length + 1), random(12)];
    const scrap = SCRAPS[random(SCRAPS.length)] ?? '';
    const lines = result.split('\n');
    switch (random(4)) {
      case 0:
        result = result.slice(0, from) + result.slice(from + length);
        break;
      case 1:
        result = result.slice(0, from) + scrap + result.slice(from);
        break;
      case 2:
        result = result.slice(0, from) + scrap + result.slice(from + length);
        break;
      default:
        lines.splice(random(lines.length), random(3), lines[random(lines.length)] ?? '');
        result = lines.join('\n');
    }
  }
  return result;
}
