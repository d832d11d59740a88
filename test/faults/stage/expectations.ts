import type { History } from './account';

/** One deployment at a time: none was begun before the one before it had come to its own end, and none was pushed aside. */
export function expectOneAtATime({ deployments }: History): void {
  const ends = deployments.slice(0, -1).map(({ finishedAt = Infinity }) => finishedAt);
  const begins = deployments.slice(1).map(({ createdAt }) => createdAt);
  expect(begins.map((begun, index) => begun >= (ends[index] ?? Infinity))).toEqual(begins.map(() => true));
  expect(deployments.map(({ status }) => status)).not.toContain('STOPPED');
}
