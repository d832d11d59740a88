import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installTrivy } from '../helpers/gate-tools/install';
import type { KnownVulnerability } from '../helpers/gate-tools/install';
import { expectNoPass, gateOf, openStage } from './stage/stage';
import type { Stage } from './stage/stage';

const HIGH: KnownVulnerability = {
  ...{ VulnerabilityID: 'CVE-2026-1000', PkgName: 'flask', InstalledVersion: '1.0' },
  ...{ FixedVersion: '1.1', Severity: 'HIGH' },
};
const LOCK = JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0', resolved: 'x' } } });

let stage: Stage;

beforeEach(() => {
  stage = openStage();
});

afterEach(async () => {
  await stage.remove();
});

const trivy = gateOf('trivy', { severity: ['HIGH', 'CRITICAL'], ignoreUnfixed: false, devDependencies: false });

describe('trivy does not pass a vulnerability', () => {
  it.each<[string, Record<string, string>]>([
    ['as it is', {}],
    ['that a .trivyignore names', { '.trivyignore': 'CVE-2026-1000\n' }],
    ['with a trivy.yaml that asks for others', { 'trivy.yaml': 'severity: [CRITICAL]\n' }],
    ['with a trivy.yaml that says that nothing is to fail', { 'trivy.yaml': 'exit-code: 0\n' }],
    [
      'whatever a program called trivy in the commit says',
      { trivy: '#!/bin/sh\nexit 0\n', 'bin/trivy': '#!/bin/sh\n' },
    ],
    ['in a folder whose name is an option', { '--severity=LOW/requirements.txt': 'flask==1.0\n' }],
  ])('%s', async (_, files) => {
    installTrivy(stage.bin, { vulnerabilities: [HIGH] });
    stage.commit({ 'requirements.txt': 'flask==1.0\n', ...files });
    expectNoPass(await stage.run(trivy), 'failed', 'CVE-2026-1000 in flask 1.0');
  });

  it('that another gate mended in its checkout first', async () => {
    installTrivy(stage.bin, { vulnerabilities: [HIGH] });
    stage.commit({ 'requirements.txt': 'flask==1.0\n' });
    const mends = gateOf('run', {
      setup: [],
      run: 'echo flask==1.1 > requirements.txt; echo CVE-2026-1000 > .trivyignore',
      environment: {},
    });
    await stage.run({ ...mends, name: 'first' });
    expectNoPass(await stage.run(trivy), 'failed', 'CVE-2026-1000');
  });

  it('and passes once it is mended, so that this table can fail', async () => {
    installTrivy(stage.bin, { vulnerabilities: [HIGH] });
    stage.commit({ 'requirements.txt': 'flask==1.1\n' });
    expect(await stage.run(trivy)).toMatchObject({ verdict: 'passed' });
  });
});

describe('trivy does not pass by', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a commit without lock files', { 'a.py': 'import flask\n' }, 'no packages to look at'],
    ['a lock file without versions', { 'requirements.txt': 'flask>=1\n' }, 'no packages to look at'],
    [
      'a broken lock file beside one that is whole',
      { 'package-lock.json': LOCK.slice(0, -3), 'requirements.txt': 'x==1\n' },
      'trivy did not look at package-lock.json',
    ],
    [
      'a lock file of a kind that it left out',
      { 'poetry.lock': '[[package]]\nname = "flask"\n', 'requirements.txt': 'x==1\n' },
      'trivy did not look at poetry.lock',
    ],
  ])('%s', async (_, files, cause) => {
    installTrivy(stage.bin);
    stage.commit(files);
    expectNoPass(await stage.run(trivy), 'undetermined', cause);
  });

  it('a report without results and exit code 0', async () => {
    installTrivy(stage.bin, { report: '{"SchemaVersion":2,"Results":null}', exitCode: 0 });
    stage.commit({ 'requirements.txt': 'flask==1.0\n' });
    expectNoPass(await stage.run(trivy), 'undetermined', 'no packages to look at');
  });

  it('exit code 0 and no report', async () => {
    writeFileSync(path.join(stage.bin, 'trivy'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    stage.commit({ 'requirements.txt': 'flask==1.0\n' });
    expectNoPass(await stage.run(trivy), 'undetermined', 'without a report that can be read');
  });

  it('a registry that gives out its database no longer', async () => {
    installTrivy(stage.bin, { fails: 'init error: DB error: failed to download vulnerability DB: TOOMANYREQUESTS' });
    stage.commit({ 'requirements.txt': 'flask==1.0\n' });
    await expect(stage.run(trivy)).rejects.toMatchObject({ type: 'Unavailable' });
  });

  it('a trivy that is not the one that was pinned', async () => {
    await stage.remove();
    const pinned = createHash('sha256').update('the real one').digest('hex');
    stage = openStage({ tools: { trivy: { sha256: pinned } } });
    const { called } = installTrivy(stage.bin);
    stage.commit({ 'requirements.txt': 'flask==1.0\n' });
    expectNoPass(await stage.run(trivy), 'undetermined', 'its policy pins');
    expect(called()).toEqual([]);
    expect(
      createHash('sha256')
        .update(readFileSync(path.join(stage.bin, 'trivy')))
        .digest('hex'),
    ).not.toBe(pinned);
  });
});
