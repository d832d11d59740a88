import { namesVersions } from '../../../model/scanners/lock-files';

describe('a lock file names versions', () => {
  it.each([
    ['package-lock.json', '{"packages":{"":{},"node_modules/a":{"version":"1"}}}'],
    ['web/yarn.lock', '"a@^1":\n  version "1.0.0"\n'],
    ['pnpm-lock.yaml', "packages:\n\n  'a@1.0.0':\n"],
    ['requirements.txt', '# tools\npytest==9.2.0\n'],
    ['Pipfile.lock', '{"default":{"a":{"version":"==1"}}}'],
    ['poetry.lock', '[[package]]\nname = "a"\n'],
    ['uv.lock', '[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "x" }\n'],
    ['Gemfile.lock', 'GEM\n  specs:\n    rake (13.0)\n'],
    ['composer.lock', '{"packages": [{"name": "a"}]}'],
    ['Cargo.lock', '[[package]]\nname = "a"\nsource = "registry+x"\n'],
    ['go.mod', 'module x\n\nrequire (\n\tgolang.org/x/text v0.3.0\n)\n'],
    ['gradle.lockfile', 'com.acme:a:1.0=compileClasspath\n'],
  ])('%s', (file, text) => expect(namesVersions(file, text)).toBe(true));
});

describe('no versions are named by', () => {
  it.each([
    ['package-lock.json', '{"packages":{"":{}}}'],
    ['requirements.txt', '# none yet\nflask>=1\n'],
    ['go.mod', 'module x\n\ngo 1.24\n'],
    ['Cargo.lock', '[[package]]\nname = "mine"\nversion = "0.1.0"\n'],
    ['node_modules/a/package-lock.json', '{"packages":{"node_modules/b":{"version":"1"}}}'],
    ['vendor/a/go.mod', 'module x\nrequire a v1\n'],
    ['notes.txt', 'flask==1.0'],
  ])('%s with `%s`', (file, text) => expect(namesVersions(file, text)).toBe(false));
});
