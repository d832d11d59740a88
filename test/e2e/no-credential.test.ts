import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../bin/root';
import { credentialsIn, filesBelow, textsIn } from '../helpers/credential-search';
import { waitFor } from '../helpers/wait-for';
import type { CliRun } from './stage/cli';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

const letters = (start: string, length: number): string => start.padEnd(length, 'Ab3Cd4Ef5Gh6Ij7Kl8');

/** What the workers are given, each of its own look and found nowhere else. */
const CANARIES = {
  AWS_SECRET_ACCESS_KEY: letters('CanarySecretKey', 40),
  AWS_SESSION_TOKEN: letters('CanarySessionToken', 200),
  GITHUB_TOKEN: letters('CanaryGitHubToken', 40),
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: letters('CanaryRequestToken', 60),
};
/** Shows that a canary would be found: given where it is recorded. */
const PLANTED = letters('CanaryThatIsPlanted', 40);
const ALL = [...Object.values(CANARIES), PLANTED];

/** AWS's own example of a key, which belongs to nobody, in the tests of its refusal. */
const EXAMPLE_KEY = `an AWS access key: ${'AKIA'.concat('IOSFODNN7EXAMPLE')}`;
const FIXTURES = ['test/activities/aws/clients.test.ts', 'test/e2e/bad-input.test.ts', 'test/e2e/doctor-aws.test.ts'];

describe('the search', () => {
  it.each([
    ['a long-lived access key', `key: ${'AKIA'.concat('ABCDEFGH23456789')}`],
    ['a temporary access key', `key: ${'ASIA'.concat('ABCDEFGH23456789')}`],
    ['a secret key in a file of the AWS CLI', `aws_secret_access_key = ${letters('x', 40)}`],
    ['a secret key in JSON', `{"SecretAccessKey":"${letters('x', 40)}"}`],
    ['a session token', `AWS_SESSION_TOKEN=${letters('x', 120)}`],
    ['a private key', '-----BEGIN '.concat('RSA PRIVATE KEY-----')],
    ['a private key without an algorithm', '-----BEGIN '.concat('PRIVATE KEY-----')],
    ['a token of GitHub', `ghs_${letters('x', 36)}`],
    ['a fine-grained token of GitHub', `github_pat_${letters('x', 40)}`],
    ['a JWT', `Bearer ${['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJzbHVpY2UifQ', 'c2lnbmF0dXJl'].join('.')}`],
    ['a password in a URL', `https://ann:${letters('x', 20)}@github.com/acme/shop`],
    ['a canary', `something ${PLANTED} something`],
  ])('finds %s', (_, text) => {
    expect(credentialsIn(`before\n${text}\nafter`, ALL)).toHaveLength(1);
  });
});

describe('the repository', () => {
  it('has no credential in any file, the example key in the tests of its refusal aside', async () => {
    // What is new and not ignored counts too: it is about to be committed.
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const { stdout } = await promisify(execFile)('git', list, { cwd: PACKAGE_ROOT, timeout: 30_000 });
    const files = stdout.split('\0').filter((file) => file !== '');
    expect(files).toEqual(
      expect.arrayContaining(['docker-compose.yml', 'examples/shop-api/release.yml', 'action.yml']),
    );

    const found = new Map<string, string[]>();
    for (const file of files) {
      // Deleted and not yet committed.
      const text = await readFile(path.join(PACKAGE_ROOT, file), 'latin1').catch(() => '');
      const credentials = credentialsIn(text);
      if (credentials.length > 0) found.set(file, [...new Set(credentials)]);
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(FIXTURES.map((file) => [file, [EXAMPLE_KEY]])));
  });
});

describe('releases by workers with secrets in their environment', () => {
  let stage: Stage;
  let project: Project;
  const before = { ...process.env };

  beforeAll(async () => {
    stage = await openStage();
    // Whatever of their environment gates see ends in their logs, and of one that fails in the history too.
    project = await stage.project('shop', { gate: 'env && node --check main.mjs' });
    const failing = await stage.project('failing', { gate: 'env && exit 1' });
    Object.assign(process.env, CANARIES);
    const outcomes = await Promise.all([
      stage.releases.start(project.request(project.first)),
      stage.releases.start(failing.request(failing.first)),
      stage.releases.start(failing.request(failing.first, { purpose: 'check', actor: PLANTED })),
    ]).then((started) => Promise.all(started.map((one) => outcomeOf(stage.releases, one))));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['released', 'gate-failed', 'gate-failed']);
  });
  afterAll(async () => {
    for (const name of Object.keys(CANARIES)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
    await stage.close();
  });

  /** Workflows whose history, memo, search attributes or other fields hold a credential, and all that were read. */
  async function searched(): Promise<{ found: Map<string, string[]>; texts: Map<string, string> }> {
    const texts = new Map<string, string>();
    for await (const { workflowId, runId } of stage.client.workflow.list()) {
      const handle = stage.client.workflow.getHandle(workflowId, runId);
      const { raw } = await handle.describe();
      texts.set(workflowId, textsIn([raw, await handle.fetchHistory()]));
    }
    const hits = [...texts].map(([id, text]): [string, string[]] => [id, credentialsIn(text, ALL)]);
    return { found: new Map(hits.filter(([, credentials]) => credentials.length > 0)), texts };
  }

  it('leave none in any event, memo or search attribute of Temporal, but where one was planted', async () => {
    await waitFor('all workflows to be listed', async () => {
      const { count } = await stage.client.workflow.count();
      return count >= 5;
    });
    const { found, texts } = await searched();
    const kinds = new Set([...texts.keys()].map((id) => id.split(':')[0]));
    expect([...kinds].sort()).toEqual(['check', 'deployment', 'environment', 'release']);
    expect([...found]).toEqual([[expect.stringMatching(/^check:failing:/), [`a canary: ${PLANTED}`]]]);
    // Payloads were read, and not only their envelopes.
    expect(texts.get(`release:shop:${project.first}`)).toContain('node --check main.mjs');
  });

  it('leave none in logs, checkouts, and the record of calls of AWS', async () => {
    const files = await filesBelow(stage.directory);
    const found = files.filter(({ text }) => credentialsIn(text, ALL).length > 0);
    expect(found.map(({ file }) => file)).toEqual([]);
    const holding = (text: string) => files.filter((one) => one.text.includes(text)).map(({ file }) => file);
    expect(holding('"action":"UpdateService"')).not.toEqual([]);
    expect(holding('\nPATH=')).not.toEqual([]);
  });

  it('leave none in what a process of its own writes, to its output and to its folder', async () => {
    const state = path.join(stage.directory, 'state');
    const run: CliRun = await stage.sluice(['run', '--state', state, '--json', '--debug'], project.path, {
      ...CANARIES,
      SLUICE_DEBUG: '1',
    });
    expect(run.exitCode).toBe(0);
    expect(credentialsIn(run.stdout + run.stderr, ALL)).toEqual([]);
    const files = await filesBelow(state);
    expect(files.filter(({ text }) => credentialsIn(text, ALL).length > 0).map(({ file }) => file)).toEqual([]);
    // Temporal's own database among them, in which payloads can be read.
    const databases = files.filter(({ file, text }) => file.includes('temporal') && text.includes(project.first));
    expect(databases).not.toEqual([]);
  });
});
