import { checkedAudience, checkedIssuer } from '../../../client/gateway/issuer';
import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import type { LocalIssuer } from './stage/issuer';
import { claimsOfPush, sign, signingKey } from './stage/tokens';

let bench: Bench;
const begin = async (keyTimes = {}): Promise<void> => {
  bench = await startBench({ keyTimes });
};
afterEach(() => bench.close());

const status = async (token: string | Promise<string>): Promise<number> => (await bench.start(await token)).status;

it('keys are fetched once for many tokens', async () => {
  await begin();
  const tokens = await Promise.all(Array.from({ length: 10 }, () => bench.push()));
  expect(await Promise.all(tokens.map(status))).toEqual(tokens.map(() => 202));
  expect(bench.issuer.asked).toBe(1);
});

it('a key that the issuer added is found, and one that it took back is not', async () => {
  await begin({ coolDownMs: 0, keepMs: 0 });
  expect(await status(bench.push())).toBe(202);
  const next = await signingKey('key-of-tomorrow');
  bench.issuer.keys = [next.jwk];
  expect(await status(sign(claimsOfPush(bench.issuer.url), next))).toBe(202);
  expect(await status(bench.push())).toBe(401);
});

it('unknown keys cannot make us ask the issuer again and again', async () => {
  await begin();
  const stranger = await signingKey('nobody');
  for (let n = 0; n < 10; n += 1) expect(await status(sign(claimsOfPush(bench.issuer.url), stranger))).toBe(401);
  expect(bench.issuer.asked).toBe(1);
});

it.each<LocalIssuer['trouble']>(['refuses', 'not JSON', 'another issuer', 'keys elsewhere', 'redirects', 'too large'])(
  'where the issuer %s nothing is known about a token: 503, not 401, and it is good later',
  async (trouble) => {
    await begin({ failureCoolDownMs: 0 });
    bench.issuer.trouble = trouble;
    const token = await bench.push();
    const answer = await bench.start(token);
    expect(answer.status).toBe(503);
    expect(answer.error?.message).toMatch(/^The issuer's keys cannot be fetched at the moment/);
    expect(answer.headers.has('retry-after')).toBe(true);
    expect(bench.requests()[0]?.detail).toContain(`keys of ${bench.issuer.url}`);
    bench.issuer.trouble = 'none';
    expect(await status(token)).toBe(202);
  },
);

it('where a new key cannot be asked for, its token is not judged', async () => {
  await begin({ coolDownMs: 0 });
  expect(await status(bench.push())).toBe(202);
  bench.issuer.trouble = 'refuses';
  expect(await status(sign(claimsOfPush(bench.issuer.url), await signingKey('new')))).toBe(503);
  // What is known is believed as long as it is kept.
  expect(await status(bench.push())).toBe(202);
});

it('an issuer that is gone is not asked for every token', async () => {
  await begin();
  bench.issuer.trouble = 'keys elsewhere';
  expect(await status(bench.push())).toBe(503);
  bench.issuer.trouble = 'none';
  // Until the pause is over.
  expect(await status(bench.push())).toBe(503);
  expect(bench.issuer.asked).toBe(0);
});

describe('configuration', () => {
  // The hook wants one.
  beforeEach(() => begin());

  it.each([
    'https://token.actions.githubusercontent.com',
    'https://github.example.com/_services/token',
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'http://[::1]:1',
  ])('%s can be the issuer', (issuer) => {
    expect(checkedIssuer(issuer)).toBe(issuer);
  });

  it.each([
    'http://token.actions.githubusercontent.com',
    'http://127.0.0.1.evil.example',
    'https://token.actions.githubusercontent.com/',
    'https://user:secret@issuer.example',
    'https://issuer.example?x',
    'https://issuer.example#x',
    'file:///etc/passwd',
    'token.actions.githubusercontent.com',
    '',
  ])('%s cannot be the issuer', (issuer) => {
    expect(() => checkedIssuer(issuer)).toThrow(/cannot be the issuer: give an https: URL/);
  });

  it.each(['https://github.com/acme', 'https://github.com/acme/', 'sts.amazonaws.com', 'sts.amazonaws.com.cn'])(
    '%s cannot be the audience, since tokens for others carry it',
    (audience) => {
      expect(() => checkedAudience(audience)).toThrow(/tokens for others carry it too/);
    },
  );

  it.each(['', 'a', 'has a space', 'x'.repeat(300)])('`%s` cannot be the audience', (audience) => {
    expect(() => checkedAudience(audience)).toThrow(/cannot be the audience/);
  });
});
