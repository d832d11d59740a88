import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GateOf } from '../../../model/gates/kinds';
import { createBench } from './gate-bench';
import type { Bench } from './gate-bench';

const gate: GateOf<'gitleaks'> = { kind: 'gitleaks', name: 'leaks', needs: [], timeoutMs: 20_000, history: false };
const LEAK = {
  RuleID: 'generic-api-key',
  File: 'src/a.js',
  StartLine: 7,
  Secret: 'REDACTED',
  Author: 'somebody',
};

let bench: Bench;
let bin: string;
const realPath = process.env['PATH'];

beforeEach(() => {
  bench = createBench();
  bench.commit({ 'a.js': 'clean\n', '.gitleaksignore': 'all\n' });
  // Only what the checkout, the guard and a script need: a gitleaks of this machine must not be found.
  bin = path.join(bench.folder, 'bin');
  mkdirSync(bin);
  for (const tool of ['git', 'sh']) {
    const found = (realPath ?? '')
      .split(path.delimiter)
      .map((folder) => path.join(folder, tool))
      .find((file) => existsSync(file));
    symlinkSync(found ?? '', path.join(bin, tool));
  }
  process.env['PATH'] = bin;
});

afterEach(async () => {
  process.env['PATH'] = realPath;
  await bench.remove();
});

/** A gitleaks that writes down how it was called, reports this and exits so. */
function installGitleaks(
  report: string,
  exitCode: number,
  says = '5:36AM INF scanned ~6 bytes (6 bytes) in 5.89ms\n',
): { called: () => string[]; saw: () => string } {
  const [calls, seen] = [path.join(bench.folder, 'calls.json'), path.join(bench.folder, 'seen')];
  const script = `#!${process.execPath}
const fs = require('fs');
const args = process.argv.slice(2);
fs.writeFileSync(${JSON.stringify(calls)}, JSON.stringify(args));
fs.writeFileSync(${JSON.stringify(seen)}, [fs.readFileSync(args[args.indexOf('-c') + 1], 'utf8'), fs.existsSync(args[1] + '/.gitleaksignore'),  process.cwd().startsWith(args[1])].join('|'));
if (${JSON.stringify(report)} !== '') fs.writeFileSync(args[args.indexOf('--report-path') + 1], ${JSON.stringify(report)});
process.stderr.write(${JSON.stringify(says)});
process.exitCode = ${exitCode};
`;
  const file = path.join(bin, 'gitleaks');
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return { called: () => JSON.parse(readFileSync(calls, 'utf8')) as string[], saw: () => readFileSync(seen, 'utf8') };
}

describe('uses: gitleaks', () => {
  it.each<[string, string, number, string, string]>([
    ['passes when nothing was found', '[]', 0, 'passed', 'gitleaks found no leaks in the files of the commit'],
    [
      'fails with file, line and rule',
      JSON.stringify([LEAK]),
      10,
      'failed',
      'gitleaks found a leak: src/a.js:7 (generic-api-key)',
    ],
    [
      'cannot tell after an error of its own, whatever it had found until then',
      JSON.stringify([LEAK]),
      1,
      'undetermined',
      'gitleaks does not say that it has looked at everything (exit code 1)',
    ],
    [
      'cannot tell when it does not know an option',
      '',
      126,
      'undetermined',
      'gitleaks does not say that it has looked at everything (exit code 126)',
    ],
    [
      'cannot tell when the code says clean and the report does not',
      JSON.stringify([LEAK]),
      0,
      'undetermined',
      'gitleaks does not say that it has looked at everything (exit code 0)',
    ],
    [
      'cannot tell without a report',
      '',
      0,
      'undetermined',
      'gitleaks does not say that it has looked at everything (exit code 0)',
    ],
  ])('%s', async (_, report, exitCode, verdict, cause) => {
    installGitleaks(report, exitCode);
    expect(await bench.run(gate)).toMatchObject({ verdict, cause });
  });

  it.each([
    ['it scanned nothing', '6:23AM INF scanned ~0 bytes (0) in 2.09ms'],
    ['it does not say that it scanned', ''],
    [
      'it skipped what it could not read',
      '6:23AM WRN skipping error="lstat x: permission denied"\n6:23AM INF scanned ~6 bytes (6 bytes) in 2ms',
    ],
    [
      'something else went wrong',
      '5:48AM ERR error="stderr is not empty"\n6:23AM INF scanned ~6 bytes (6 bytes) in 2ms',
    ],
  ])('cannot tell when %s', async (_, says) => {
    installGitleaks('[]', 0, says);
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'gitleaks does not say that it has looked at everything (exit code 0)',
    });
  });

  it('could not tell where it is not installed, and no other tool takes its place', async () => {
    expect(await bench.run(gate)).toMatchObject({
      verdict: 'undetermined',
      cause: 'gitleaks is not installed on this worker',
    });
  });

  it('is called with settings of our own, out of reach of what the commit says about itself', async () => {
    const { called, saw } = installGitleaks('[]', 0);
    await bench.run(gate);
    const [, checkout, , , , report] = called();
    const config = called().at(-3);
    expect(called()).toEqual([
      ...[
        'dir',
        checkout,
        '--report-format',
        'json',
        '--report-path',
        report,
        '--redact=100',
        '--no-banner',
        '--no-color',
      ],
      ...['--log-level', 'info', '--exit-code', '10', '--ignore-gitleaks-allow', '-c', config, '--timeout', '20'],
    ]);
    for (const own of [report, config]) expect(own?.startsWith(checkout ?? '')).toBe(false);
    expect(saw()).toBe('[extend]\nuseDefault = true\n|false|false');
  });
});
