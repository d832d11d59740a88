import path from 'node:path';
import type { GateTools } from '../../../model/gates/tools';
import type { GateOf } from '../../../model/gates/kinds';
import { installTrivy } from '../../helpers/gate-tools/install';
import type { KnownVulnerability, TrivyStandIn } from '../../helpers/gate-tools/install';
import { createBench } from './gate-bench';
import type { Bench } from './gate-bench';

const gate: GateOf<'trivy'> = {
  ...{ kind: 'trivy', name: 'dependencies', needs: [], timeoutMs: 20_000 },
  ...{ severity: ['HIGH', 'CRITICAL'], ignoreUnfixed: false, devDependencies: false },
};
const HIGH: KnownVulnerability = {
  ...{ VulnerabilityID: 'CVE-2026-1000', PkgName: 'flask', InstalledVersion: '1.0' },
  ...{ FixedVersion: '1.1', Severity: 'HIGH' },
};
const UNFIXED: KnownVulnerability = {
  ...{ VulnerabilityID: 'CVE-2026-2000', PkgName: 'jinja2', InstalledVersion: '2.0', Severity: 'CRITICAL' },
};
const MEDIUM: KnownVulnerability = { ...HIGH, VulnerabilityID: 'CVE-2026-3000', Severity: 'MEDIUM' };

let bench: Bench;
const realPath = process.env['PATH'];

/** A worker with this trivy on its PATH. */
function worker(standIn: TrivyStandIn, tools: GateTools = {}) {
  bench = createBench({ tools });
  bench.commit({ 'requirements.txt': 'flask==1.0\njinja2==2.0\n' });
  const bin = path.join(bench.folder, 'bin');
  process.env['PATH'] = `${bin}${path.delimiter}${realPath ?? ''}`;
  return installTrivy(bin, standIn);
}

afterEach(async () => {
  process.env['PATH'] = realPath;
  await bench.remove();
});

describe('uses: trivy', () => {
  it.each<[string, KnownVulnerability[], Partial<typeof gate>, string, string]>([
    [
      'nothing is known',
      [],
      {},
      'passed',
      'trivy found no HIGH or CRITICAL vulnerability in 2 packages of requirements.txt',
    ],
    [
      'one is known',
      [HIGH],
      {},
      'failed',
      'trivy found a vulnerability (1 HIGH): CVE-2026-1000 in flask 1.0 of requirements.txt, fixed in 1.1',
    ],
    [
      'the worst is named first',
      [HIGH, UNFIXED],
      {},
      'failed',
      'trivy found 2 vulnerabilities (1 CRITICAL, 1 HIGH): CVE-2026-2000 in jinja2 2.0 of requirements.txt, not fixed yet, CVE-2026-1000',
    ],
    ['one is less severe', [MEDIUM], {}, 'passed', 'no HIGH or CRITICAL'],
    ['one is less severe, and counts', [MEDIUM], { severity: ['MEDIUM'] }, 'failed', '(1 MEDIUM)'],
    ['nobody has mended it, which is let pass', [UNFIXED], { ignoreUnfixed: true }, 'passed', '2 packages'],
  ])('%s', async (_, vulnerabilities, extra, verdict, cause) => {
    worker({ vulnerabilities });
    expect(await bench.run({ ...gate, ...extra })).toMatchObject({
      verdict,
      cause: expect.stringContaining(cause) as unknown,
    });
  });

  it('looks at what only development needs where it is told to', async () => {
    const lock = { packages: { '': {}, 'node_modules/left-pad': { version: '1.0.0', dev: true, resolved: 'x' } } };
    worker({});
    bench.commit({ 'package-lock.json': JSON.stringify(lock) });
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'trivy did not look at package-lock.json; where only development needs them, set `dev-dependencies: true`',
    });
    expect(await bench.run({ ...gate, devDependencies: true })).toMatchObject({
      verdict: 'passed',
      cause: expect.stringContaining('3 packages of package-lock.json, requirements.txt') as unknown,
    });
  });

  it('is called with settings of the worker alone', async () => {
    const { called } = worker({ vulnerabilities: [HIGH] }, { trivy: { skipDbUpdate: true } });
    await bench.run(gate);
    const checkout = called().at(-1) ?? '';
    for (const option of ['--config', '--ignorefile', '--output', '--cache-dir']) {
      const file = called()[called().indexOf(option) + 1] ?? '';
      expect(path.isAbsolute(file)).toBe(true);
      expect(file.startsWith(checkout)).toBe(false);
    }
    expect(called()).toEqual(expect.arrayContaining(['--skip-db-update', '--offline-scan', '--list-all-pkgs']));
  });

  it('lets pass what the ignore file of the policy names', async () => {
    const ignoreFile = path.join(__dirname, '../../helpers/gate-tools/trivyignore');
    worker({ vulnerabilities: [HIGH] }, { trivy: { ignoreFile } });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'passed' });
  });
});

describe('a trivy that cannot tell', () => {
  it.each<[string, TrivyStandIn, string]>([
    ['breaks off', { fails: 'run error: fs scan error: scan failed' }, 'trivy broke off with exit code 1'],
    ['writes half a report', { report: '{"SchemaVersion": 2, "Resu' }, 'without a report that can be read'],
    ['writes a report of another version', { report: '{"SchemaVersion": 3}' }, 'without a report that can be read'],
    ['writes no results', { report: '{"SchemaVersion": 2}' }, 'trivy found no packages to look at'],
    [
      'writes results without packages',
      { report: '{"SchemaVersion": 2, "Results": [{"Target": "requirements.txt", "Vulnerabilities": null}]}' },
      'trivy found no packages to look at',
    ],
    ['says two things', { exitCode: 10 }, 'trivy says by its exit code that it found something'],
  ])('%s', async (_, standIn, cause) => {
    worker(standIn);
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: expect.stringContaining(cause) as unknown,
    });
  });

  it('is not installed', async () => {
    worker({});
    process.env['PATH'] = realPath;
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'trivy is not installed on this worker',
    });
  });

  it('fails by its report when its exit code says that all is well', async () => {
    worker({ vulnerabilities: [HIGH], exitCode: 0 });
    expect(await bench.run(gate)).toMatchObject({ verdict: 'failed' });
  });

  it.each([
    'init error: DB error: failed to download vulnerability DB: OCI artifact error: GET https://mirror/v2/: TOOMANYREQUESTS: retry-after: 1s',
    'init error: DB error: database download error: Get "https://mirror/v2/": dial tcp: lookup mirror: no such host',
  ])('has no database, which is retried: %s', async (fails) => {
    worker({ fails });
    await expect(bench.run(gate)).rejects.toMatchObject({ type: 'Unavailable', retryable: true });
  });
});
