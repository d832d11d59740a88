// Runs each step, says how long it took, and closes with jest's own counts on a line of their own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'sluice-ci-'));
/** Programs that the suites with containers and the browser need, and the Debian packages that have them. */
const DEBIAN = { dockerd: 'docker.io', buildah: 'buildah', skopeo: 'skopeo', chromium: 'chromium' };
const counts = { passed: 0, failed: 0, skipped: 0 };
const broken = [];

function step(name, command, env = {}) {
  const startedAt = performance.now();
  process.stdout.write(`\n=== ${name}: ${command.join(' ')}\n`);
  const [program, ...args] = command;
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`=== ${name}: ${status === 0 ? 'ok' : `FAILED (exit ${status})`} in ${seconds} s\n`);
  if (status !== 0) broken.push(name);
  return status === 0;
}

/** A test command whose counts are read from jest's own report. A report that is missing counts as a failure. */
function tests(name, script, env = {}) {
  const report = path.join(scratch, `${name}.json`);
  step(name, ['npm', 'run', '--silent', script, '--', '--json', `--outputFile=${report}`], env);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    counts.skipped += numPendingTests;
    if (numPassedTests === 0 || numFailedTestSuites > 0) broken.push(`${name} (suites)`);
  } catch {
    broken.push(`${name} (no report)`);
  }
}

/** Installs what is missing here; where that cannot be done, the suites say what they lack. */
function debianTools() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  const has = (program) => folders.some((folder) => existsSync(path.join(folder, program)));
  const missing = Object.entries(DEBIAN).filter(([program]) => !has(program));
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = missing.map(([, name]) => name);
  step('tools-list', ['apt-get', 'update', '--quiet=2'], env);
  step('tools', ['apt-get', 'install', '--quiet=2', '--yes', '--no-install-recommends', ...packages], env);
}

function linesOf(...folders) {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(root, folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1, 0);
}

try {
  const installed = step('install', ['node', 'scripts/ready.mjs'], { npm_config_cache: path.join(scratch, 'npm') });
  if (installed) {
    step('types', ['npm', 'run', '--silent', 'typecheck']);
    step('lint', ['npm', 'run', '--silent', 'lint']);
    tests('tests', 'test');
    tests('lint-rules', 'test:lint');
    tests('workflows', 'test:workflows');
    tests('e2e', 'test:e2e');
    tests('faults', 'test:faults');
    step('demo', ['npm', 'run', '--silent', 'demo']);
    debianTools();
    tests('peers', 'test:peers');
    tests('containers', 'test:containers');
    tests('ministack', 'test:ministack');
    tests('compose', 'test:compose');
    tests('attacks', 'test:attacks');
    tests('gateway', 'test:gateway');
    tests('workflow-files', 'test:workflow-files');
    tests('iam', 'test:iam');
    tests('ui', 'test:ui');
    // A sample: the full measure takes five minutes.
    tests('waiting', 'test:waiting', { SLUICE_WAITING_RELEASES: '200', SLUICE_WAITING_SECONDS: '30' });
    const withDocker = ['node', 'scripts/with-docker.mjs'];
    step('demo-containers', [...withDocker, 'npm', 'run', '--silent', 'demo', '--', '--containers']);
  }
  process.stdout.write(
    `\nlines: local/aws ${linesOf('local/aws')} (a tool; at most 3500), workflows + activities + model ${linesOf('workflows', 'activities', 'model')} (the product)\n`,
  );
  if (linesOf('local/aws') > 3500) broken.push('size of local/aws');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const name of new Set(broken)) process.stdout.write(`broken: ${name}\n`);
// A broken step that is no test must not hide behind green tests.
const failed = Math.max(counts.failed, broken.length);
process.stdout.write(
  `${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`,
);
process.exitCode = failed === 0 && counts.passed > 0 ? 0 : 1;
