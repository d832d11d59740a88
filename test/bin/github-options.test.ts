import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { githubReports } from '../../bin/github-options';
import type { GitHubOptions } from '../../bin/github-options';
import type { Role } from '../../model/queues';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'sluice-app-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(path.join(cwd, 'app.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  await writeFile(path.join(cwd, 'notes.txt'), 'the secret of somebody');
});
afterAll(() => rm(cwd, { recursive: true }));

const reports = (options: GitHubOptions, roles?: Role[], env: Record<string, string> = {}) =>
  githubReports({ cwd, env }, options, roles);
const APP: GitHubOptions = { githubApp: '123456', githubAppKey: 'app.pem' };

it('nobody is told of releases where no App is named', async () => {
  expect(await reports({})).toBeUndefined();
  expect(await reports({}, undefined, { SLUICE_GITHUB_APP: '' })).toBeUndefined();
});

it('all roles in one process read the key, and speak to github.com', async () => {
  expect(await reports(APP)).toMatchObject({ app: { id: '123456' }, apiUrl: 'https://api.github.com' });
});

it('the environment says the same as the options', async () => {
  const env = {
    SLUICE_GITHUB_APP: 'Iv23liAbC123',
    SLUICE_GITHUB_APP_KEY_FILE: 'app.pem',
    SLUICE_GITHUB_API: 'https://github.example.com/api/v3/',
    SLUICE_UI_URL: 'https://temporal.example.com/',
  };
  expect(await reports({}, ['notify'], env)).toMatchObject({
    app: { id: 'Iv23liAbC123' },
    apiUrl: 'https://github.example.com/api/v3',
    uiUrl: 'https://temporal.example.com',
  });
});

it('a worker without the role notify lets others report, and never reads the key', async () => {
  const found = await reports({ githubApp: '123456', githubAppKey: 'nowhere.pem' }, ['orchestrator']);
  expect(found).toEqual({ apiUrl: 'https://api.github.com' });
});

it.each<[string, GitHubOptions, Role[] | undefined, RegExp]>([
  ['the role without an App', {}, ['notify'], /--github-app/],
  ['a key without an App', { githubAppKey: 'app.pem' }, undefined, /--github-app/],
  ['an App without its key', { githubApp: '123456' }, undefined, /--github-app-key/],
  ['a key that is not there', { ...APP, githubAppKey: 'nowhere.pem' }, undefined, /nowhere\.pem cannot be used/],
  ['what is no key', { ...APP, githubAppKey: 'notes.txt' }, undefined, /no private key in PEM/],
  ['an App by its name', { ...APP, githubApp: 'our app' }, undefined, /not the id of a GitHub App/],
  ['an API without TLS', { ...APP, githubApi: 'http://api.github.com' }, undefined, /give an https: URL/],
  ['an API with a password', { ...APP, githubApi: 'https://a:b@host' }, undefined, /give an https: URL/],
  ['a page that is no URL', { ...APP, uiUrl: 'temporal' }, undefined, /Temporal's UI/],
])('%s is refused', async (_what, options, roles, words) => {
  await expect(reports(options, roles)).rejects.toThrow(words);
});

it('takes an API without TLS on this machine alone, as tests have it', async () => {
  expect(await reports({ ...APP, githubApi: 'http://127.0.0.1:9999' })).toMatchObject({
    apiUrl: 'http://127.0.0.1:9999',
  });
});

it('quotes nothing of what it took for a key', async () => {
  const error: unknown = await reports({ ...APP, githubAppKey: 'notes.txt' }).catch((reason: unknown) => reason);
  expect(String(error)).not.toContain('secret of somebody');
});
