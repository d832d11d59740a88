import { inParallel } from '../../client/in-parallel';
import { timeLeft } from '../../client/time-left';

describe('a time limit for many calls together', () => {
  it('gives each its own, then what is left, then nothing', async () => {
    let now = 0;
    const left = timeLeft(12, 5, () => now);
    const spend = () =>
      left.spend((limitMs) => {
        now += limitMs;
        return Promise.resolve(limitMs);
      });
    expect([await spend(), await spend(), await spend()]).toEqual([5, 5, 2]);
    await expect(spend()).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('work in parallel', () => {
  it('keeps the order of the items and never has more going on than it may', async () => {
    let going = 0;
    let most = 0;
    const doubled = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
      most = Math.max(most, (going += 1));
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      going -= 1;
      return item * 2;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(2);
  });

  it('has nothing to do with nothing', async () => {
    expect(await inParallel([], 8, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
