import { duration, elapsed } from '../../../client/render/durations';

describe('durations', () => {
  it.each([
    [-5, '0.0 s', '0.0s'],
    [1_249, '1.2 s', '1.2s'],
    [59_999, '59.9 s', '59.9s'],
    [60_000, '1 min', '1m00s'],
    [125_400, '2 min 5 s', '2m05s'],
    [3_599_999, '59 min 59 s', '59m59s'],
    [10_920_000, '3 h 2 min', '3h02m'],
    [86_400_000, '1 d', '1d00h'],
    [349_200_000, '4 d 1 h', '4d01h'],
  ])('%d ms', (ms, sentence, column) => {
    expect([duration(ms), elapsed(ms)]).toEqual([sentence, column]);
  });
});
