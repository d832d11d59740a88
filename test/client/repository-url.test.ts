import { releasableUrl } from '../../client/repository-url';

describe('releasableUrl', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
    ['https://ann:token@github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
    ['https://token@github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
    ['ssh://git@github.com/acme/shop.git', 'ssh://git@github.com/acme/shop.git'],
    ['ssh://git:secret@github.com:2222/acme/shop.git', 'ssh://git@github.com:2222/acme/shop.git'],
    ['git@github.com:acme/shop.git', 'ssh://git@github.com/acme/shop.git'],
    ['github.com:/acme/shop.git', 'ssh://github.com/acme/shop.git'],
    ['file:///srv/git/shop.git', 'file:///srv/git/shop.git'],
    ['/srv/git/shop.git', '/srv/git/shop.git'],
    ['../shop.git', '/home/ann/shop.git'],
    ['.', '/home/ann/clone'],
  ])('takes %s', (text, url) => {
    expect(releasableUrl(text, '/home/ann/clone')).toBe(url);
  });

  it.each(['ext::sh -c id', 'http://example.com/x.git', 'git://example.com/x.git', 'ftp://example.com/x', 'https://'])(
    'refuses %s',
    (text) => {
      expect(() => releasableUrl(text, '/')).toThrow(
        /cannot be released from: give an https:, ssh: or file: URL, or a path/,
      );
    },
  );

  it('shows no password when it refuses', () => {
    expect(() => releasableUrl('http://ann:hunter2@example.com/x.git', '/')).toThrow(/^(?!.*hunter2)/);
  });
});
