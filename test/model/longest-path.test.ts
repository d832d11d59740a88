import { longestPathMs, whyTooShort } from '../../model/longest-path';
import type { ServiceTarget } from '../../model/target';
import { environmentSpec } from '../helpers/requests';

const MINUTE = 60_000;
const [service] = environmentSpec().services;
const target = (stable: number, health: number): ServiceTarget => ({
  region: 'eu-west-1',
  cluster: 'production',
  service: { ...service!, stableWithinMs: stable * MINUTE, health: { ...service!.health, withinMs: health * MINUTE } },
  scope: { project: 'shop', environment: 'production', request: 'r' },
});

it('goes out and back: stability and health of each service, twice', () => {
  expect(longestPathMs([target(15, 5)])).toBe(40 * MINUTE);
  expect(longestPathMs([target(15, 5), target(1, 0.5)])).toBe(43 * MINUTE);
});

it('credentials that last to its end are long enough', () => {
  expect(whyTooShort([target(15, 5)], 40 * MINUTE, 0)).toBeUndefined();
});

it('shorter ones are refused with when they end, and how long they must last', () => {
  expect(whyTooShort([target(15, 5)], 40 * MINUTE - 1, 0)).toBe(
    'The AWS credentials of this worker expire at 1970-01-01T00:39:59.999Z and do not renew themselves, but releasing to ' +
      'production and rolling back may take 40 min (stability and health, twice); get longer ones, or let the worker use a ' +
      'role that renews itself.',
  );
});
