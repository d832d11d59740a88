import { openHarness } from '../harness';
import type { Harness } from '../harness';
import { errorOf, imageOf, layerOf, OCI_INDEX, repositoryOf, sha256, simpleImage } from '../images';

const TWELVE_HOURS_MS = 12 * 3_600_000;

let local: Harness;
beforeAll(async () => {
  local = await openHarness();
});
afterAll(() => local.close());

describe('authentication', () => {
  it.each([
    ['nobody', {}],
    ['an unknown token', { authorization: `Basic ${Buffer.from('AWS:guessed').toString('base64')}` }],
    ['another user', { authorization: `Basic ${Buffer.from('root:x').toString('base64')}` }],
  ])('challenges %s', async (_who, headers) => {
    const response = await fetch(`${local.core.endpoint}/v2/`, { headers: headers as Record<string, string> });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Basic realm="${local.core.endpoint}/",service="ecr.amazonaws.com"`,
    );
    expect(await errorOf(response)).toBe('UNAUTHORIZED');
  });

  it('takes a token of GetAuthorizationToken until it expires, and records whose it is', async () => {
    const repository = await repositoryOf(local, 'auth/expiry');
    expect((await repository.request('GET', '/v2/')).status).toBe(200);
    expect(local.core.calls({ service: 'registry', action: 'GET ping' }).at(-1)?.accessKeyId).toBe('AKIALOCAL');
    local.advance(TWELVE_HOURS_MS);
    const expired = await repository.request('GET', '/v2/');
    expect(expired.status).toBe(403);
    expect(await errorOf(expired)).toBe('DENIED');
  });
});

describe('blobs', () => {
  const blob = Buffer.from('some content of a blob');
  const digest = sha256(blob);

  it('are pushed whole and read back', async () => {
    const repository = await repositoryOf(local, 'blobs/whole');
    expect((await repository.request('HEAD', `blobs/${digest}`)).status).toBe(404);
    const pushed = await repository.pushBlob(blob);
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get('docker-content-digest')).toBe(digest);
    const head = await repository.request('HEAD', pushed.headers.get('location')!);
    expect(head.headers.get('content-length')).toBe(String(blob.length));
    expect(Buffer.from(await (await repository.request('GET', `blobs/${digest}`)).arrayBuffer())).toEqual(blob);
  });

  it('are pushed in chunks, each after the last', async () => {
    const repository = await repositoryOf(local, 'blobs/chunked');
    const started = await repository.request('POST', 'blobs/uploads/');
    expect(started.status).toBe(202);
    const location = started.headers.get('location')!;
    const first = await repository.request('PATCH', location, blob.subarray(0, 9), { 'content-range': '0-8' });
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-8']);
    const gap = await repository.request('PATCH', location, blob.subarray(12), { 'content-range': '12-20' });
    expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-8']);
    expect((await repository.request('PATCH', location, blob.subarray(9, 12))).headers.get('range')).toBe('0-11');
    const finished = await repository.request('PUT', `${location}?digest=${digest}`, blob.subarray(12));
    expect(finished.status).toBe(201);
    expect(await (await repository.request('GET', `blobs/${digest}`)).text()).toBe(blob.toString());
  });

  it.each([
    ['another digest', sha256(Buffer.from('other'))],
    ['no digest at all', 'sha256:short'],
    ['a digest that is a path', 'sha256:../../x'],
  ])('are refused under %s', async (_what, wrong) => {
    const repository = await repositoryOf(local, `blobs/${_what.replaceAll(' ', '-')}`);
    const response = await repository.request('POST', `blobs/uploads/?digest=${encodeURIComponent(wrong)}`, blob);
    expect([response.status, await errorOf(response)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await repository.request('HEAD', `blobs/${digest}`)).status).toBe(404);
  });

  it('are mounted from a repository that has them, otherwise an upload begins', async () => {
    const source = await repositoryOf(local, 'blobs/source');
    const target = await repositoryOf(local, 'blobs/target');
    const mount = () => target.request('POST', `blobs/uploads/?mount=${digest}&from=${source.name}`);
    expect((await mount()).status).toBe(202);
    await source.pushBlob(blob);
    expect((await target.request('HEAD', `blobs/${digest}`)).status).toBe(404);
    expect((await mount()).status).toBe(201);
    expect((await target.request('HEAD', `blobs/${digest}`)).status).toBe(200);
  });

  it('are uploaded only where the upload was begun', async () => {
    const [one, other] = [await repositoryOf(local, 'blobs/one'), await repositoryOf(local, 'blobs/other')];
    const location = (await one.request('POST', 'blobs/uploads/')).headers.get('location')!;
    const response = await other.request('PATCH', location.replace('blobs/one', 'blobs/other'), blob);
    expect(await errorOf(response)).toBe('BLOB_UPLOAD_UNKNOWN');
  });
});

describe('manifests', () => {
  it('are got by tag and by digest, with their type', async () => {
    const repository = await repositoryOf(local, 'manifests/got');
    const image = await simpleImage();
    expect((await repository.push(image, 'v1')).headers.get('docker-content-digest')).toBe(image.digest);
    for (const reference of ['v1', image.digest]) {
      const response = await repository.request('GET', `manifests/${reference}`);
      expect(response.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
      expect(response.headers.get('docker-content-digest')).toBe(image.digest);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(image.manifest);
    }
    const tags = await repository.request('GET', 'tags/list');
    expect(await tags.json()).toEqual({ name: 'manifests/got', tags: ['v1'] });
    expect(await errorOf(await repository.request('GET', 'manifests/v2'))).toBe('MANIFEST_UNKNOWN');
  });

  it('are refused when their blobs are missing, their digest is another or they are none', async () => {
    const repository = await repositoryOf(local, 'manifests/refused');
    const image = imageOf([await layerOf([{ name: 'never pushed' }])]);
    const put = async (reference: string, manifest: Buffer, type?: string) =>
      errorOf(await repository.putManifest(reference, manifest, type));
    expect(await put('v1', image.manifest)).toBe('MANIFEST_BLOB_UNKNOWN');
    expect(await put(sha256(Buffer.from('x')), image.manifest)).toBe('DIGEST_INVALID');
    expect(await put('v1', Buffer.from('{'))).toBe('MANIFEST_INVALID');
    expect(await put('v1', Buffer.from('{"layers":[]}'))).toBe('MANIFEST_INVALID');
    expect(await put('v1', image.manifest, OCI_INDEX)).toBe('MANIFEST_INVALID');
    expect(await put('v1', Buffer.alloc(5 * 1024 * 1024, ' '))).toBe('MANIFEST_INVALID');
    expect(await errorOf(await repository.request('GET', 'manifests/v1'))).toBe('MANIFEST_UNKNOWN');
  });

  it('move the tag of a mutable repository', async () => {
    const repository = await repositoryOf(local, 'manifests/mutable');
    const [first, second] = [await simpleImage('1'), await simpleImage('2')];
    await repository.push(first, 'v1');
    expect((await repository.push(second, 'v1')).status).toBe(201);
    expect((await repository.putManifest('v1', second.manifest)).status).toBe(201);
    expect((await repository.request('HEAD', 'manifests/v1')).headers.get('docker-content-digest')).toBe(second.digest);
  });

  it('never move the tag of an immutable repository, not even to where it is, nor in a race', async () => {
    const repository = await repositoryOf(local, 'manifests/immutable', 'IMMUTABLE');
    const images = await Promise.all(['1', '2', '3'].map((content) => simpleImage(content)));
    for (const image of images) await repository.push(image);
    const outcomes = await Promise.all(
      images.map(async (image) => errorOf(await repository.putManifest('v1', image.manifest))),
    );
    expect(outcomes.sort()).toEqual([201, 'TAG_INVALID', 'TAG_INVALID']);
    const tagged = (await repository.request('HEAD', 'manifests/v1')).headers.get('docker-content-digest');
    const same = images.find(({ digest }) => digest === tagged)!;
    expect(await errorOf(await repository.putManifest('v1', same.manifest))).toBe('TAG_INVALID');
  });
});

it('knows only repositories that were created', async () => {
  const { request } = await repositoryOf(local, 'names/known');
  for (const [method, path] of [
    ['POST', '/v2/names/unknown/blobs/uploads/'],
    ['GET', '/v2/names/unknown/manifests/v1'],
    ['GET', '/v2/names/unknown/tags/list'],
  ] as const) {
    const response = await request(method, path);
    expect([response.status, await errorOf(response)]).toEqual([404, 'NAME_UNKNOWN']);
  }
});

it.each([
  ['DELETE', 'manifests/v1'],
  ['GET', '/v2/_catalog'],
  ['PATCH', 'blobs/uploads/'],
])('says that it does not speak %s %s', async (method, path) => {
  const { request } = await repositoryOf(local, `unsupported/${method.toLowerCase()}`);
  const response = await request(method, path);
  expect([response.status, await errorOf(response)]).toEqual([405, 'UNSUPPORTED']);
});
