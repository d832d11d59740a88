import { isSameRepository } from '../../../model/policy/repository';

const SHOP = 'https://github.com/acme/shop';

it.each([
  SHOP,
  'https://github.com/acme/shop/',
  'https://github.com/acme/shop.git',
  'https://GitHub.com/acme/shop',
  'https://github.com:443/acme/shop',
  'ssh://git@github.com/acme/shop.git',
  'ssh://git@github.com:22/acme/shop',
])('%s is the shop', (address) => {
  expect(isSameRepository(SHOP, address)).toBe(true);
});

it.each([
  'https://github.com/acme/Shop',
  'https://github.com/eve/shop',
  'https://github.com/acme/shop2',
  'https://github.com.example.com/acme/shop',
  'https://example.com/acme/shop',
  'https://github.com:8443/acme/shop',
  'https://github.com/acme/shop/../../eve/shop',
  'https://github.com/acme/shop?x',
  '/github.com/acme/shop',
  'file:///acme/shop',
  'acme/shop',
  '',
])('%s is not', (address) => {
  expect(isSameRepository(SHOP, address)).toBe(false);
});

it('knows a folder by its path and by its file: URL', () => {
  expect(isSameRepository('/srv/git/shop.git', 'file:///srv/git/shop')).toBe(true);
  expect(isSameRepository('/srv/git/shop', '/srv/git/shed')).toBe(false);
});
