import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { createApp } from '../src/app.js';

const products = [{ id: 'cup', name: 'Cup', priceCents: 890, stock: 10 }];

/** Calls the service on a port of its own. */
async function call(path, { catalogue = () => products, ...init } = {}) {
  const server = createApp({ commit: 'c0ffee', catalogue }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, init);
    return [response.status, await response.json()];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('it says which commit it is', async () => {
  assert.deepEqual(await call('/version'), [200, { commit: 'c0ffee' }]);
});

test('it is healthy when the catalogue is loaded', async () => {
  assert.deepEqual(await call('/healthz'), [200, { status: 'ok' }]);
});

test('it is not healthy before', async () => {
  const [status] = await call('/healthz', { catalogue: () => undefined });
  assert.equal(status, 503);
});

test('it lists products and shows one', async () => {
  assert.deepEqual(await call('/products'), [200, products]);
  assert.deepEqual(await call('/products/cup'), [200, products[0]]);
  assert.equal((await call('/products/kettle'))[0], 404);
});

test('it prices a cart', async () => {
  const body = JSON.stringify({ items: [{ id: 'cup', quantity: 1 }] });
  const [status, { totalCents }] = await call('/cart/total', { method: 'POST', body });
  assert.deepEqual([status, totalCents], [200, 1_385]);
});

test('it says what is wrong with a cart', async () => {
  for (const body of [
    '{',
    '{}',
    '{"items":[{"id":"kettle","quantity":1}]}',
    JSON.stringify({ items: 'x'.repeat(70_000) }),
  ]) {
    assert.equal((await call('/cart/total', { method: 'POST', body }))[0], 422);
  }
});

test('anything else is not found', async () => {
  assert.equal((await call('/admin'))[0], 404);
});
