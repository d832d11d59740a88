import { createPublicKey } from 'node:crypto';
import { CompactSign, SignJWT } from 'jose';
import type { Bench } from './stage/bench';
import { startBench } from './stage/bench';
import type { SigningKey } from './stage/tokens';
import { AUDIENCE, claimsOfPush, now, rawToken, sign, signingKey, without } from './stage/tokens';

let bench: Bench;
let stranger: SigningKey;
let impostor: SigningKey;
let elliptic: SigningKey;
let long: SigningKey;

beforeAll(async () => {
  bench = await startBench();
  [stranger, impostor, elliptic, long] = await Promise.all([
    signingKey('key-of-nobody'),
    // Another key under the published key's name.
    signingKey('key-1'),
    signingKey('key-2', 'ec'),
    signingKey('key-3'),
  ]);
  bench.issuer.keys.push(elliptic.jwk, long.jwk);
});
afterAll(() => bench.close());

type Make = () => Promise<string> | string;

const claims = (more: Record<string, unknown> = {}) => claimsOfPush(bench.issuer.url, more);
const signed =
  (more: Record<string, unknown>): Make =>
  () =>
    sign(claims(more), bench.key);
const header =
  (more: Record<string, unknown>): Make =>
  () =>
    sign(claims(), bench.key, more);
const lacking =
  (name: string): Make =>
  () =>
    sign(without(claims(), name), bench.key);
const wrong = (name: string): RegExp => new RegExp(`claim \`${name}\` is not what GitHub writes there\\.$`);
const lacks = (name: string): RegExp => new RegExp(`lacks the claim \`${name}\`\\.$`);

const MALFORMED = /not a well-formed JWT\.$/;
const AUDIENCE_WRONG = /not for this gateway alone; ask for one with the audience `https:\/\/sluice\.example\.com`\.$/;
const ISSUER_WRONG = /of another issuer than http:\/\/127\.0\.0\.1:\d+\.$/;
const NOT_RS256 = /another algorithm than RS256\.$/;
const NO_SUCH_KEY = /names a signing key that the issuer does not publish\.$/;
const BAD_SIGNATURE = /signature does not fit the issuer's key\.$/;

/** The public key as text, which a careless verifier would take for a shared secret. */
const hmacWithThePublicKey =
  (format: 'pem' | 'jwk'): Make =>
  () => {
    const secret =
      format === 'jwk'
        ? JSON.stringify(bench.key.jwk)
        : createPublicKey({ key: bench.key.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(Buffer.from(secret));
  };

/** Not for who signs or what it says, but for what it is: each is refused before anybody asks what the policy says. */
const REFUSED: [string, Make, RegExp][] = [
  // --- whose it is
  ['of another issuer', signed({ iss: 'https://issuer.example' }), ISSUER_WRONG],
  [
    "of GitHub's, where another issuer is configured",
    signed({ iss: 'https://token.actions.githubusercontent.com' }),
    ISSUER_WRONG,
  ],
  ['of our issuer with a slash behind', () => sign(claims({ iss: `${bench.issuer.url}/` }), bench.key), ISSUER_WRONG],
  ['of our issuer in capitals', () => sign(claims({ iss: bench.issuer.url.toUpperCase() }), bench.key), ISSUER_WRONG],
  ['of a list of issuers with ours', () => sign(claims({ iss: [bench.issuer.url] }), bench.key), ISSUER_WRONG],
  ['without an issuer', lacking('iss'), lacks('iss')],
  // --- for whom it is
  ["for GitHub's default audience", signed({ aud: 'https://github.com/acme' }), AUDIENCE_WRONG],
  ['for AWS', signed({ aud: 'sts.amazonaws.com' }), AUDIENCE_WRONG],
  ['for an audience that begins like ours', signed({ aud: `${AUDIENCE}.evil.example` }), AUDIENCE_WRONG],
  ['for us and somebody else', signed({ aud: [AUDIENCE, 'sts.amazonaws.com'] }), AUDIENCE_WRONG],
  ['for a list that holds us alone', signed({ aud: [AUDIENCE] }), AUDIENCE_WRONG],
  ['for nobody', lacking('aud'), lacks('aud')],
  // --- who signed it
  ['signed by a key that the issuer does not publish', () => sign(claims(), stranger), NO_SUCH_KEY],
  ['signed by another key under a published name', () => sign(claims(), impostor), BAD_SIGNATURE],
  ['that does not name its key', header({ kid: undefined }), /does not name its signing key\.$/],
  ['whose key is named by a number', header({ kid: 1 }), /does not name its signing key\.$/],
  ['whose key name is a path', header({ kid: '../../../../dev/null' }), NO_SUCH_KEY],
  ['whose key name is a URL', header({ kid: 'https://evil.example/jwks' }), NO_SUCH_KEY],
  ['whose key name is SQL', header({ kid: "key-1' OR '1'='1" }), NO_SUCH_KEY],
  ['whose key name is empty', header({ kid: '' }), NO_SUCH_KEY],
  ['whose key name is a member of every object', header({ kid: '__proto__' }), NO_SUCH_KEY],
  ['that brings the URL of its key set', header({ jku: 'https://evil.example/jwks' }), /header has `jku`/],
  ['that brings its key', () => sign(claims(), impostor, { jwk: impostor.jwk }), /header has `jwk`/],
  ['that brings the URL of a certificate', header({ x5u: 'https://evil.example/cert' }), /header has `x5u`/],
  ['that brings a certificate', header({ x5c: ['MIIB'] }), /header has `x5c`/],
  // --- how it is signed
  ['with the algorithm none', () => rawToken({ alg: 'none', kid: 'key-1' }, claims(), ''), NOT_RS256],
  ['with the algorithm None', () => rawToken({ alg: 'None', kid: 'key-1' }, claims(), ''), NOT_RS256],
  ['with the algorithm none and a signature', () => rawToken({ alg: 'none', kid: 'key-1' }, claims()), NOT_RS256],
  ['with HS256 and the public key (PEM) as the secret', hmacWithThePublicKey('pem'), NOT_RS256],
  ['with HS256 and the public key (JWK) as the secret', hmacWithThePublicKey('jwk'), NOT_RS256],
  ['with ES256, by a published key', () => sign(claims(), elliptic, { alg: 'ES256' }), NOT_RS256],
  ['with RS512, by a published key', () => sign(claims(), long, { alg: 'RS512' }), NOT_RS256],
  ['with an algorithm that is a list', () => rawToken({ alg: ['RS256'], kid: 'key-1' }, claims()), MALFORMED],
  ['without an algorithm', () => rawToken({ kid: 'key-1' }, claims()), MALFORMED],
  ['with RS256 and no signature', async () => (await bench.push()).replace(/[^.]+$/, ''), BAD_SIGNATURE],
  [
    'with the signature of another token',
    async () =>
      `${(await bench.push()).replace(/[^.]+$/, '')}${(await bench.push({ ref: 'refs/heads/x' })).split('.')[2]!}`,
    BAD_SIGNATURE,
  ],
  [
    'whose claims were changed after the signature',
    async () => {
      const [head, , tail] = (await bench.push()).split('.');
      return `${head!}.${rawToken('', claims({ actor: 'mallory' })).split('.')[1]!}.${tail!}`;
    },
    BAD_SIGNATURE,
  ],
  [
    'with a critical extension',
    () => rawToken({ alg: 'RS256', kid: 'key-1', crit: ['exp'], exp: 1 }, claims()),
    /header has `crit`/,
  ],
  [
    'with an unencoded payload',
    () => rawToken({ alg: 'RS256', kid: 'key-1', b64: false }, claims()),
    /header has `b64`/,
  ],
  ['that is a token within a token', header({ cty: 'JWT' }), /header has `cty`/],
  ['whose header is not JSON', () => rawToken('{"alg":', claims()), MALFORMED],
  ['whose header is a list', () => rawToken([], claims()), MALFORMED],
  [
    'whose claims are a list',
    () =>
      new CompactSign(Buffer.from(JSON.stringify([claims()])))
        .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
        .sign(bench.key.privateKey),
    MALFORMED,
  ],
  // --- when it is
  ['that has expired', signed({ iat: now() - 500, exp: now() - 200 }), /has expired; get a fresh one\.$/],
  ['that is not valid yet', signed({ nbf: now() + 200 }), /not valid yet\.$/],
  ['that comes from the future', signed({ iat: now() + 200, exp: now() + 500 }), /not valid yet\.$/],
  [
    'that was made too long ago, though it has not expired',
    signed({ iat: now() - 3_600, exp: now() + 86_400 }),
    /made more than 10 minutes ago; get a fresh one\.$/,
  ],
  ['that never expires', lacking('exp'), lacks('exp')],
  ['without the time that it was made', lacking('iat'), lacks('iat')],
  ['without the time from which it is valid', lacking('nbf'), lacks('nbf')],
  ['whose expiry is text', signed({ exp: '4102444800' }), wrong('exp')],
  ['whose expiry is a date', signed({ exp: '2099-01-01T00:00:00Z' }), wrong('exp')],
  ['whose age is text', signed({ iat: 'now' }), wrong('iat')],
  ['whose beginning is null', signed({ nbf: null }), wrong('nbf')],
  // --- what it must say
  ['without a name of its own', lacking('jti'), lacks('jti')],
  ['whose own name is a number', signed({ jti: 12345678 }), wrong('jti')],
  ['whose own name is empty', signed({ jti: '' }), wrong('jti')],
  ...[
    'repository',
    'repository_id',
    'repository_owner_id',
    'ref',
    'event_name',
    'workflow_ref',
    'runner_environment',
    'actor',
    'actor_id',
    'run_id',
    'run_attempt',
  ].map((name): [string, Make, RegExp] => [`without ${name}`, lacking(name), lacks(name)]),
  ['whose repository_id is a number, not text', signed({ repository_id: 1001 }), wrong('repository_id')],
  ['whose repository_id is a list with ours', signed({ repository_id: ['1001'] }), wrong('repository_id')],
  ['whose repository_id has a space', signed({ repository_id: '1001 ' }), wrong('repository_id')],
  ['whose repository_id has a zero in front', signed({ repository_id: '01001' }), wrong('repository_id')],
  ['whose repository_owner_id is null', signed({ repository_owner_id: null }), wrong('repository_owner_id')],
  ['whose ref is a list with ours', signed({ ref: ['refs/heads/main'] }), wrong('ref')],
  ['whose ref is empty', signed({ ref: '' }), wrong('ref')],
  ['whose ref has a line break', signed({ ref: 'refs/heads/main\n' }), wrong('ref')],
  ['whose event is true', signed({ event_name: true }), wrong('event_name')],
  ['whose environment is an object', signed({ environment: { name: 'production' } }), wrong('environment')],
  ['whose job_workflow_ref is null', signed({ job_workflow_ref: null }), wrong('job_workflow_ref')],
  ['whose actor has control characters', signed({ actor: 'octo\u0000cat' }), wrong('actor')],
  ['whose actor pretends to be one of another kind', signed({ actor: 'github:octocat' }), wrong('actor')],
  ['whose repository has three parts', signed({ repository: 'acme/shop/x' }), wrong('repository')],
  [
    'whose workflow_ref is longer than any',
    signed({ workflow_ref: `acme/shop/${'x'.repeat(2_000)}` }),
    wrong('workflow_ref'),
  ],
];

it.each(REFUSED)('a token %s is refused', async (_, make, sentence) => {
  const { status, error, headers } = await bench.start(await make());
  expect({ status, code: error?.code }).toEqual({ status: 401, code: 'unauthorized' });
  expect(error?.message).toMatch(sentence);
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(bench.world.writes).toEqual([]);
});

it('and a token with none of these faults passes', async () => {
  expect(await bench.start(await bench.push())).toMatchObject({ status: 202 });
  bench.world.writes.length = 0;
});

it('knows more than fifty ways to say no to a token', () => {
  expect(REFUSED.length).toBeGreaterThan(50);
});
