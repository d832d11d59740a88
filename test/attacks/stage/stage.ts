import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GateDependencies } from '../../../activities/gates/activities';
import { createSource } from '../../../activities/source/source';
import { typed } from '../../../activities/source/typed';
import type { GateResult } from '../../../model/gate';
import type { GateSpec } from '../../../model/plan';
import { createBench, GUARD } from '../../activities/gates/gate-bench';
import type { Bench } from '../../activities/gates/gate-bench';

const GIT_TIMEOUT_MS = 60_000;

/** A repository that means harm, and the gates as a worker runs them: fetched, checked out and scanned for real. */
export interface Stage extends Bench {
  /** Where stand-ins for scanners go; first on the PATH of the gates. */
  bin: string;
  git(...args: string[]): string;
  /** Whether a file that an attack would leave behind is anywhere it could be. */
  leftBehind: (name: string) => string[];
}

export function openStage(extra: Partial<GateDependencies> = {}): Stage {
  const mirrors = mkdtempSync(path.join(tmpdir(), 'sluice-attacks-'));
  const source = createSource({ workDir: mirrors, guard: GUARD, gitTimeoutMs: GIT_TIMEOUT_MS });
  const bench = createBench({
    checkout: ({ repository, commit, directory }, signal) =>
      typed(async () => (await source.checkout(repository, commit, directory, signal)).treeHash),
    history: ({ repository, commit, directory }, signal) =>
      typed(() => source.history(repository, commit, directory, signal)),
    ...extra,
  });
  const bin = path.join(bench.folder, 'bin');
  mkdirSync(bin);
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}${path.delimiter}${before ?? ''}`;
  const repository = path.join(bench.folder, 'repository');
  return {
    ...bench,
    bin,
    git: (...args) =>
      execFileSync(
        'git',
        ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args],
        {
          cwd: repository,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      ).trim(),
    leftBehind: (name) =>
      [bench.folder, mirrors, process.cwd()].flatMap((folder) =>
        execFileSync('find', [folder, '-path', '*/node_modules', '-prune', '-o', '-name', name, '-print'], {
          encoding: 'utf8',
        })
          .split('\n')
          .filter((found) => found !== ''),
      ),
    async remove() {
      process.env['PATH'] = before;
      await bench.remove();
      rmSync(mirrors, { recursive: true, force: true });
    },
  };
}

/** A gate of a kind, with what does not matter here filled in. */
export function gateOf<Kind extends GateSpec['kind']>(
  kind: Kind,
  settings: Omit<Extract<GateSpec, { kind: Kind }>, 'kind' | 'name' | 'needs' | 'timeoutMs'>,
): GateSpec {
  return { kind, name: 'attacked', needs: [], timeoutMs: 60_000, ...settings } as unknown as GateSpec;
}

/** What an attack must lead to: any verdict but a pass, and a reason that names what was wrong. */
export function expectNoPass(result: GateResult, verdict: 'failed' | 'undetermined', cause: string | RegExp): void {
  expect(result).toMatchObject({
    verdict,
    cause: (typeof cause === 'string' ? expect.stringContaining(cause) : expect.stringMatching(cause)) as unknown,
  });
  expect(result.cause.length).toBeLessThan(2_000);
  expect(result.tail.length).toBeLessThan(10_000);
}
