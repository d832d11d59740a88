import { createServer } from 'node:http';
import { CartError, priceCart } from './cart.js';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The service as an HTTP server that does not listen yet.
 *
 * @param {{ commit: string, catalogue: () => object[] | undefined }} options `catalogue` answers undefined until it is loaded.
 */
export function createApp({ commit, catalogue }) {
  return createServer((request, response) => {
    answer(request, { commit, catalogue })
      .catch((error) => {
        if (!(error instanceof CartError)) console.error(error);
        return error instanceof CartError ? [422, { error: error.message }] : [500, { error: 'something went wrong' }];
      })
      .then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
}

async function answer(request, { commit, catalogue }) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /version') return [200, { commit }];

  const products = catalogue();
  if (!products) return [503, { error: 'the catalogue is not loaded' }];
  if (route === 'GET /healthz') return [200, { status: 'ok' }];
  if (route === 'GET /products') return [200, products];
  if (route.startsWith('GET /products/')) {
    const product = products.find(({ id }) => id === pathname.slice('/products/'.length));
    return product ? [200, product] : [404, { error: 'no such product' }];
  }
  if (route === 'POST /cart/total') {
    const { items, voucher } = await readJson(request);
    if (!Array.isArray(items)) throw new CartError('items: a list of { id, quantity }');
    return [200, priceCart(items, products, voucher)];
  }
  return [404, { error: 'not found' }];
}

async function readJson(request) {
  let body = '';
  for await (const piece of request) {
    body += piece;
    if (body.length > MAX_BODY_BYTES) throw new CartError('this cart is too large');
  }
  try {
    return Object(JSON.parse(body));
  } catch {
    throw new CartError('the body is not JSON');
  }
}
