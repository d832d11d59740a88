import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { templateFor } from '../../model/iam/template';
import type { Recipient } from '../../model/iam/template';
import { templateText } from '../../model/iam/template-text';
import { pythonTools } from '../helpers/python-tools';
import type { PythonTools } from '../helpers/python-tools';
import { subject } from '../model/iam/subject';

const LINT_WITHIN_MS = 60_000;

let tools: PythonTools;
let directory: string;

beforeAll(async () => {
  tools = await pythonTools(path.join(__dirname, 'requirements.txt'));
  directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-cfn-'));
}, 400_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What cfn-lint says of a template, warnings and notes included; its exit code first. */
async function lint(text: string): Promise<string> {
  const file = path.join(directory, 'template.yml');
  await writeFile(file, text);
  return new Promise((resolve) => {
    const args = ['--include-checks', 'I', '--', file];
    execFile(tools.bin('cfn-lint'), args, { cwd: directory, timeout: LINT_WITHIN_MS }, (error, stdout, stderr) =>
      resolve(`${error === null ? 0 : (error.code ?? '?')} ${stdout}${stderr}`.trim()),
    );
  });
}

const [production] = subject().environments;
const role = 'arn:aws:iam::123456789012:role/ci/one';
const TEMPLATES: Record<string, Parameters<typeof templateFor>> = {
  'of workers': [subject(), { for: ['images', 'deployer'] }],
  'of a job of GitHub Actions': [subject(), { for: ['github'], sessionSeconds: 7200 }],
  'of a repository that nobody named': [subject({ repository: {} }), { for: ['github'] }],
  'of several environments and services': [
    subject({
      images: { ...subject().images, dockerfile: true, bases: ['node', 'tools/base'] },
      environments: [
        { ...production!, services: ['api', 'web'], githubEnvironment: 'live: eu' },
        { ...production!, name: 'a-b', cluster: 'green' },
        { ...production!, name: 'a_b', cluster: 'red' },
      ],
    }),
    { for: ['images', 'deployer', 'github'] satisfies Recipient[] },
  ],
  'of roles that policy.yml names': [
    subject({ images: { ...subject().images, role }, environments: [{ ...production!, role }] }),
    { for: ['images', 'deployer'] },
  ],
};

it.each(Object.keys(TEMPLATES))('cfn-lint finds nothing in a template %s', async (name) => {
  expect(await lint(templateText(templateFor(...TEMPLATES[name]!)))).toBe('0');
});

it('and would find something', async () => {
  const text = templateText(templateFor(subject(), { for: ['images'] }));
  expect(await lint(text.replace('AssumeRolePolicyDocument', 'AssumePolicy'))).toMatch(/^[1-9].*AssumePolicy/s);
});
