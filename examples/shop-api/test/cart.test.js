import assert from 'node:assert/strict';
import test from 'node:test';
import { CartError, priceCart } from '../src/cart.js';

const catalogue = [
  { id: 'cup', priceCents: 890, stock: 10 },
  { id: 'grinder', priceCents: 7_995, stock: 2 },
];

test('a small cart pays for shipping', () => {
  const { goodsCents, shippingCents, totalCents, total } = priceCart([{ id: 'cup', quantity: 2 }], catalogue);
  assert.deepEqual([goodsCents, shippingCents, totalCents, total], [1_780, 495, 2_275, '22.75']);
});

test('a large cart does not', () => {
  assert.equal(priceCart([{ id: 'grinder', quantity: 1 }], catalogue).shippingCents, 0);
});

test('an empty cart costs nothing', () => {
  assert.equal(priceCart([], catalogue).totalCents, 0);
});

test('a voucher takes its percentage off the goods, whatever its case', () => {
  assert.equal(priceCart([{ id: 'grinder', quantity: 2 }], catalogue, 'barista25').discountCents, 3_998); // of 3997.5
});

test('the tax is the part of the total that was in the prices', () => {
  assert.equal(priceCart([{ id: 'grinder', quantity: 1 }], catalogue).vatCents, 1_495);
});

for (const [what, items, voucher, message] of [
  ['an unknown product', [{ id: 'kettle', quantity: 1 }], undefined, /no product kettle/],
  ['half a cup', [{ id: 'cup', quantity: 0.5 }], undefined, /whole number/],
  ['more than there is', [{ id: 'grinder', quantity: 3 }], undefined, /only 2 left/],
  ['a made-up voucher', [], 'FREE', /FREE is not valid/],
]) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => priceCart(items, catalogue, voucher),
      (error) => error instanceof CartError && message.test(error.message),
    );
  });
}
