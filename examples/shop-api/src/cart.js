import { formatCents, percentOf } from './money.js';

const VAT_PERCENT = 23;
const FREE_SHIPPING_FROM_CENTS = 5_000;
const SHIPPING_CENTS = 495;

/** Codes that customers may enter, with the percent they take off the goods. */
const VOUCHERS = new Map([
  ['WELCOME10', 10],
  ['BARISTA25', 25],
]);

/** Something that the customer can put right. */
export class CartError extends Error {}

/**
 * What a cart costs, in cents.
 *
 * @param {{ id: string, quantity: number }[]} items
 * @param {{ id: string, priceCents: number, stock: number }[]} catalogue
 * @param {string} [voucher]
 */
export function priceCart(items, catalogue, voucher) {
  const lines = items.map((item) => priceLine(item, catalogue));
  const goodsCents = lines.reduce((sum, line) => sum + line.cents, 0);
  const discountCents = percentOf(goodsCents, discountOf(voucher));
  const discounted = goodsCents - discountCents;
  const shippingCents = discounted === 0 || discounted >= FREE_SHIPPING_FROM_CENTS ? 0 : SHIPPING_CENTS;
  const totalCents = discounted + shippingCents;
  // Prices hold the tax already; what is shown is the part of the total that goes on to the state.
  const vatCents = totalCents - Math.round((totalCents * 100) / (100 + VAT_PERCENT));
  return { lines, goodsCents, discountCents, shippingCents, vatCents, totalCents, total: formatCents(totalCents) };
}

function priceLine({ id, quantity }, catalogue) {
  const product = catalogue.find((candidate) => candidate.id === id);
  if (!product) throw new CartError(`there is no product ${id}`);
  if (!Number.isInteger(quantity) || quantity < 1) throw new CartError(`${id}: a quantity is a whole number from 1`);
  if (quantity > product.stock) throw new CartError(`${id}: only ${product.stock} left`);
  return { id, quantity, cents: product.priceCents * quantity };
}

function discountOf(voucher) {
  if (voucher === undefined) return 0;
  const percent = VOUCHERS.get(voucher.toUpperCase());
  if (percent === undefined) throw new CartError(`voucher ${voucher} is not valid`);
  return percent;
}
