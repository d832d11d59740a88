import { checkRepositoryUrl, localFolder } from '../../../activities/source/repository-url';
import { SourceError } from '../../../activities/source/source-error';

describe('the address of a repository', () => {
  it.each([
    'https://github.com/acme/shop.git',
    'ssh://git@github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'file:///srv/git/shop.git',
    '/srv/git/shop',
  ])('may be %s', (repository) => {
    expect(checkRepositoryUrl(repository)).toBe(repository);
  });

  it.each([
    ['ext::sh -c id', 'it is not an address of a known kind'],
    ['a@b:ext::sh', 'it is not an address of a known kind'],
    ['https://x::y/z', 'it is not an address of a known kind'],
    ['fd::17', 'it is not an address of a known kind'],
    ['shop', 'it is not an address of a known kind'],
    ['../shop', 'it is not an address of a known kind'],
    ['--upload-pack=id', 'it would be read as an option'],
    ['ssh://-oProxyCommand=id/shop', 'it would be read as an option'],
    ['http://github.com/acme/shop.git', 'http: is not allowed'],
    ['git://github.com/acme/shop.git', 'git: is not allowed'],
    ['file://server/share', 'a file: URL has no host'],
    ['/srv/shop\n[core]', 'it has control characters in it'],
  ])('may not be %s', (repository, why) => {
    const check = (): string => checkRepositoryUrl(repository);
    expect(check).toThrow(SourceError);
    expect(check).toThrow(`is refused because ${why}`);
  });

  it.each(['ada:s3cret', 's3cret', ':s3cret'])(
    'may not carry a password or token (%s), and does not show it',
    (secret) => {
      const check = (): string => checkRepositoryUrl(`https://${secret}@github.com/acme/shop.git`);
      expect(check).toThrow(
        'the repository "https://***@github.com/acme/shop.git" is refused because it has a user name',
      );
    },
  );

  it('says which folder of this machine it is', () => {
    expect(localFolder('/srv/a b')).toBe('/srv/a b');
    expect(localFolder('file:///srv/a%20b')).toBe('/srv/a b');
    expect(localFolder('https://github.com/acme/shop.git')).toBeUndefined();
  });
});
