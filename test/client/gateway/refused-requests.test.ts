import type { Answer, Bench } from './stage/bench';
import { RELEASE, startBench } from './stage/bench';
import { COMMIT } from './stage/tokens';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const RELEASE_ID = `release:shop:${COMMIT}`;

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

/** A start with a good token, but for what the test changes. */
async function send({ method = 'POST', path = '/v1/releases', headers = {}, body }: Sent): Promise<Answer> {
  const usual = { authorization: `Bearer ${await bench.push()}`, 'content-type': 'application/json' };
  const all = Object.fromEntries(Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== ''));
  const init = method === 'GET' ? {} : { body: body ?? JSON.stringify(RELEASE) };
  return bench.send(path, { method, headers: all, ...init });
}

const json = (value: unknown): Sent => ({ body: JSON.stringify(value) });
const asked = (more: object): Sent => json({ ...RELEASE, ...more });
const type = (contentType: string): Sent => ({ headers: { 'content-type': contentType } });
const authorization = (text: string): Sent => ({ headers: { authorization: text } });
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const COMMIT_EXPECTED = /^`commit` .*: expected a full commit id: 40 hex digits in lower case/;
const UNSUPPORTED = /^Send the body as application\/json/;
const TOO_LARGE = /^The body is larger than 65536 bytes\.$/;

const REFUSED: [string, Sent, number, RegExp][] = [
  // --- the commit
  ['a commit in capitals', asked({ commit: COMMIT.toUpperCase() }), 400, COMMIT_EXPECTED],
  ['a short commit', asked({ commit: COMMIT.slice(0, 12) }), 400, COMMIT_EXPECTED],
  ['a branch instead of a commit', asked({ commit: 'main' }), 400, COMMIT_EXPECTED],
  ['a reference instead of a commit', asked({ commit: 'refs/heads/main' }), 400, COMMIT_EXPECTED],
  ['HEAD', asked({ commit: 'HEAD' }), 400, COMMIT_EXPECTED],
  ['an option instead of a commit', asked({ commit: '--upload-pack=touch /tmp/x' }), 400, COMMIT_EXPECTED],
  ['a commit with a line break', asked({ commit: `${COMMIT}\n` }), 400, COMMIT_EXPECTED],
  ['a commit of 41 digits', asked({ commit: `${COMMIT}0` }), 400, COMMIT_EXPECTED],
  ['a SHA-256 commit', asked({ commit: 'a'.repeat(64) }), 400, COMMIT_EXPECTED],
  ['a commit that is a number', asked({ commit: 1e39 }), 400, COMMIT_EXPECTED],
  ['a list of commits', asked({ commit: [COMMIT] }), 400, COMMIT_EXPECTED],
  ['no commit', json({ project: 'shop' }), 400, /^`commit` is missing: expected a full commit id/],
  // --- the rest of the wish
  ['no project', json({ commit: COMMIT }), 400, /^`project` is missing/],
  ['a project that could leave its workflow id', asked({ project: 'shop:x' }), 400, /^`project` is "shop:x"/],
  ['a project that is a path', asked({ project: '../shop' }), 400, /^`project` is/],
  [
    'an unknown purpose',
    asked({ purpose: 'deploy' }),
    400,
    /^`purpose` is "deploy": expected one of release, check\.$/,
  ],
  [
    'one environment as text',
    asked({ environments: 'production' }),
    400,
    /^`environments` is "production": expected a list/,
  ],
  ['an environment that is no name', asked({ environments: ['Prod uction'] }), 400, /entry 1 of `environments`/i],
  ['too many environments', asked({ environments: Array.from({ length: 21 }, (_, n) => `e${n}`) }), 400, /at most 20/],
  ['a reason with a line break', asked({ allowOlder: 'because\nof' }), 400, /^`allowOlder` is/],
  ['a reason without end', asked({ allowOlder: 'x'.repeat(501) }), 400, /^`allowOlder` is/],
  ['an empty reason', asked({ allowOlder: '' }), 400, /^`allowOlder` is ""/],
  [
    'a check with environments',
    asked({ purpose: 'check', environments: ['staging'] }),
    400,
    /^A check deploys nowhere/,
  ],
  ['a check of an older commit', asked({ purpose: 'check', allowOlder: 'why not' }), 400, /^A check deploys nowhere/],
  // --- unknown members
  [
    'a misspelt member',
    asked({ enviroments: ['staging'] }),
    400,
    /^Unknown key `enviroments`; did you mean `environments`\?$/,
  ],
  ['a member in another spelling', asked({ allow_older: 'x' }), 400, /did you mean `allowOlder`\?$/],
  [
    'a repository of the caller’s own',
    asked({ repository: 'https://evil.example/x.git' }),
    400,
    /^Unknown key `repository`/,
  ],
  ['an actor of the caller’s own', asked({ actor: 'root' }), 400, /^Unknown key `actor`/],
  ['a trigger of the caller’s own', asked({ trigger: { repositoryId: '1001' } }), 400, /^Unknown key `trigger`/],
  ['limits that are for embedded runs', asked({ embedded: { persistent: true } }), 400, /^Unknown key `embedded`/],
  [
    'a prototype',
    { body: `{"__proto__":{"project":"shop"},"project":"shop","commit":"${COMMIT}"}` },
    400,
    /^Unknown key `__proto__`/,
  ],
  [
    'a misspelt member that is missed',
    json({ project: 'shop', comit: COMMIT }),
    400,
    /^Unknown key `comit`; did you mean `commit`\?$/,
  ],
  [
    'a member whose name would write a line of the log',
    asked({ 'x\n2026 POST \u001b[31m': 1 }),
    400,
    /^Unknown key `x 2026 POST `; expected one of/,
  ],
  // --- what is not one JSON object
  ['no body', { body: '' }, 400, /^The body is not JSON\.$/],
  ['text', { body: 'project=shop' }, 400, /^The body is not JSON\.$/],
  ['half a body', { body: '{"project":"shop"' }, 400, /^The body is not JSON\.$/],
  ['two objects', { body: `${JSON.stringify(RELEASE)}\n${JSON.stringify(RELEASE)}` }, 400, /^The body is not JSON\.$/],
  ['a list', json([RELEASE]), 400, /^The body is not one JSON object\.$/],
  ['null', json(null), 400, /^The body is not one JSON object\.$/],
  ['a number', json(1), 400, /^The body is not one JSON object\.$/],
  ['a list as deep as the body is long', { body: nested(32_000) }, 400, /^The body is not one JSON object\.$/],
  [
    'an object as deep as the body is long',
    { body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}` },
    400,
    /^Unknown key `a`/,
  ],
  ['depth in the place of a value', { body: `{"project":"shop","commit":${nested(30_000)}}` }, 400, COMMIT_EXPECTED],
  [
    'bytes that are not UTF-8',
    { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
    400,
    /^The body is not JSON\.$/,
  ],
  // --- types and sizes
  ['a form', type('application/x-www-form-urlencoded'), 415, UNSUPPORTED],
  ['plain text, which pages may send anywhere', type('text/plain'), 415, UNSUPPORTED],
  ['JSON of another kind', type('application/json-patch+json'), 415, UNSUPPORTED],
  ['JSON in another encoding', type('application/json; charset=utf-16'), 415, UNSUPPORTED],
  [
    'a body without a type',
    { body: new Uint8Array(Buffer.from(JSON.stringify(RELEASE))), headers: { 'content-type': '' } },
    415,
    UNSUPPORTED,
  ],
  ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, UNSUPPORTED],
  ['a body of more than 64 KiB', asked({ allowOlder: 'x'.repeat(70_000) }), 413, TOO_LARGE],
  [
    'a body of more than 64 KiB in white space',
    { body: `${JSON.stringify(RELEASE)}${' '.repeat(70_000)}` },
    413,
    TOO_LARGE,
  ],
  // --- who asks
  ['no token', authorization(''), 401, /^Send a token as `Authorization: Bearer`\.$/],
  ['another scheme', authorization('Basic b2N0bzpjYXQ='), 401, /not `Bearer` with one token/],
  ['a token without a scheme', authorization('eyJhbGciOiJSUzI1NiJ9.e30.c2ln'), 401, /not `Bearer` with one token/],
  ['two tokens in one header', authorization('Bearer a.b.c, Bearer d.e.f'), 401, /not `Bearer` with one token/],
  ['a token of five parts (encrypted)', authorization('Bearer a.b.c.d.e'), 401, /not `Bearer` with one token/],
  ['a token of one part', authorization('Bearer abc'), 401, /not `Bearer` with one token/],
  ['a token in standard Base64', authorization('Bearer ab+/.cd==.ef'), 401, /not `Bearer` with one token/],
  ['a token of more than 12 KB', authorization(`Bearer a.${'b'.repeat(12_001)}.c`), 401, /not `Bearer` with one token/],
  ['a token in the address', { path: '/v1/releases?access_token=x' }, 400, /^Unknown key `access_token`/],
  // --- where and how
  ['GET of the starts', { method: 'GET' }, 405, /takes POST only/],
  ['PUT of a start', { method: 'PUT' }, 405, /takes POST only/],
  ['DELETE of a release', { method: 'DELETE', path: `/v1/releases/${RELEASE_ID}` }, 405, /takes GET only/],
  ['GET of an abort', { method: 'GET', path: `/v1/releases/${RELEASE_ID}/abort` }, 405, /takes POST only/],
  ['POST to the health check', { path: '/healthz' }, 405, /takes GET only/],
  [
    'a preflight of a browser',
    { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } },
    405,
    /takes POST only/,
  ],
  ['an address that there is not', { path: '/v1/policies' }, 404, /nothing at this address/],
  ['an address with a slash behind', { path: '/v1/releases/' }, 404, /nothing at this address/],
  ['an unknown decision', { path: `/v1/releases/${RELEASE_ID}/resolve` }, 404, /nothing at this address/],
  [
    'a release that is no id',
    { path: '/v1/releases/shop/abort', body: '{}' },
    400,
    /^The path does not name a release/,
  ],
  [
    'an environment in the place of a release',
    { path: '/v1/releases/environment:shop:production/abort', body: '{}' },
    400,
    /does not name a release/,
  ],
  [
    'a deployment in the place of a release',
    { path: '/v1/releases/deployment:shop:production/abort', body: '{}' },
    400,
    /does not name a release/,
  ],
  [
    'a release id with more behind',
    { path: `/v1/releases/${RELEASE_ID}:x/abort`, body: '{}' },
    400,
    /does not name a release/,
  ],
  [
    'a release id with a quote',
    { path: `/v1/releases/${encodeURIComponent(`release:shop' OR 'a'='a:${COMMIT}`)}/abort`, body: '{}' },
    400,
    /does not name a release/,
  ],
  [
    'a run that is no id',
    { path: `/v1/releases/${RELEASE_ID}/abort?run=latest`, body: '{}' },
    400,
    /^`run` is "latest"/,
  ],
  [
    'an abort with a decision’s member',
    { path: `/v1/releases/${RELEASE_ID}/abort`, body: '{"comment":"x"}' },
    400,
    /^Unknown key `comment`/,
  ],
  [
    'an approval by somebody else',
    { path: `/v1/releases/${RELEASE_ID}/approve`, body: '{"by":"the boss"}' },
    400,
    /^Unknown key `by`/,
  ],
];

it.each(REFUSED)('%s is refused', async (_, sent, status, sentence) => {
  const answer = await send(sent);
  expect(answer.status).toBe(status);
  expect(answer.error?.message).toMatch(sentence);
  expect(bench.world.writes).toEqual([]);
});

it('every refusal is one sentence with a request id, and carries neither a stack nor leave for other origins', async () => {
  const { headers, body, error } = await send({
    headers: { origin: 'https://evil.example' },
    ...asked({ commit: 'main' }),
  });
  expect(Object.keys(body)).toEqual(['error']);
  expect(error).toEqual({
    code: 'bad-request',
    message: expect.stringMatching(/^[^\n]+[.?]$/) as unknown,
    requestId: headers.get('x-request-id'),
  });
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('and the same request without these faults passes', async () => {
  expect((await send(type('application/json; charset=UTF-8'))).status).toBe(202);
});
