import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCents, percentOf } from '../src/money.js';

test('a percentage is rounded to whole cents, half a cent up', () => {
  assert.equal(percentOf(1_000, 10), 100);
  assert.equal(percentOf(1_095, 10), 110); // 109.5
  assert.equal(percentOf(1_094, 10), 109); // 109.4
  assert.equal(percentOf(0, 25), 0);
});

test('amounts are written with two decimals', () => {
  assert.equal(formatCents(5), '0.05');
  assert.equal(formatCents(123_456), '1,234.56');
});
