import { childEnvironment } from '../../../activities/process/environment';

const from = {
  PATH: '/usr/bin',
  LC_ALL: 'C.UTF-8',
  https_proxy: 'http://proxy:3128',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  HOME: '/root',
  TMPDIR: '/tmp',
  AWS_ACCESS_KEY_ID: 'secret',
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1',
  TEMPORAL_API_KEY: 'secret',
  GITHUB_TOKEN: 'secret',
  NPM_TOKEN: 'secret',
  NODE_OPTIONS: '--require /hook.js',
  SSH_AUTH_SOCK: '/run/agent',
};

describe('the environment of a child', () => {
  it('holds the harmless names, a home and a temporary folder of its own, and nothing else', () => {
    expect(childEnvironment({ home: '/h', tmp: '/t', from })).toEqual({
      PATH: '/usr/bin',
      LC_ALL: 'C.UTF-8',
      https_proxy: 'http://proxy:3128',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      HOME: '/h',
      TMPDIR: '/t',
    });
  });

  it('takes what the caller adds, over what was inherited', () => {
    const env = childEnvironment({ home: '/h', tmp: '/t', from, extra: { CI: 'true', PATH: '/bin' } });
    expect(env).toMatchObject({ CI: 'true', PATH: '/bin', HOME: '/h' });
  });
});
