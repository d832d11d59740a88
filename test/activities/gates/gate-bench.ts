import { activityEnvironment } from '../../helpers/activity-environment';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGateActivities } from '../../../activities/gates/activities';
import type { GateActivities, GateDependencies } from '../../../activities/gates/activities';
import { removeTree } from '../../../activities/gates/remove-tree';
import type { GateInput, GateResult } from '../../../model/gate';
import type { GateSpec, RunGate } from '../../../model/plan';

export const GUARD = [process.execPath, path.join(__dirname, '../../../bin/guard.mjs')];

/** A repository of one commit, and the activities over folders of their own. */
export interface Bench {
  folder: string;
  activities: GateActivities;
  deps: GateDependencies;
  /** How often a checkout was made. */
  checkouts(): number;
  /** Commits these files in place of all that was there. */
  commit(files: Record<string, string | Buffer>): void;
  input(gate: GateSpec): GateInput;
  run(gate: GateSpec): Promise<GateResult>;
  runInput(input: GateInput): Promise<GateResult>;
  remove(): Promise<void>;
}

export function createBench(extra: Partial<GateDependencies> = {}): Bench {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-gates-')));
  const repository = path.join(folder, 'repository');
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: repository,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim();
  git('init', '--quiet', '--initial-branch=main');
  let made = 0;
  const deps: GateDependencies = {
    workDir: path.join(folder, 'work'),
    logDir: path.join(folder, 'logs'),
    guard: GUARD,
    checkout: ({ commit, directory }) => {
      made++;
      git('clone', '--quiet', '--no-hardlinks', repository, directory);
      git('-C', directory, 'checkout', '--quiet', '--detach', commit);
      const tree = git('-C', directory, 'rev-parse', 'HEAD^{tree}');
      rmSync(path.join(directory, '.git'), { recursive: true });
      return Promise.resolve(tree);
    },
    history: ({ commit, directory }) => {
      // Its own file system refuses nothing: as activities/source/history-copy.ts makes it.
      git('init', '--quiet', '--bare', '--template=', '--initial-branch=release', directory);
      mkdirSync(path.join(directory, 'info'), { recursive: true });
      writeFileSync(path.join(directory, 'info', 'attributes'), '* diff -text -ident -filter -working-tree-encoding\n');
      git('push', '--quiet', directory, `${commit}:refs/heads/release`);
      return Promise.resolve();
    },
    ...extra,
  };
  const activities = createGateActivities(deps);
  const bench: Bench = {
    folder,
    activities,
    deps,
    checkouts: () => made,
    commit(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(repository, name)), { recursive: true });
        writeFileSync(path.join(repository, name), content);
      }
      git('add', '--all', '--force');
      git('commit', '--quiet', '--allow-empty', '--message', 'a commit');
    },
    input: (gate) => ({
      gate,
      project: 'shop',
      purpose: 'release',
      repository,
      commit: git('rev-parse', 'HEAD'),
      treeHash: git('rev-parse', 'HEAD^{tree}'),
      workspace: 'release:shop:1/run-1',
    }),
    run: (gate) => bench.runInput(bench.input(gate)),
    runInput: (input) => runActivity(activities.runGate, input),
    remove: () => removeTree(folder),
  };
  return bench;
}

/** Runs one activity as a worker would, with heartbeats that go nowhere. */
export async function runActivity<I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  environment = activityEnvironment(),
): Promise<O> {
  return await environment.run(activity, input);
}

export function runGate(run: string, extra: Partial<RunGate> = {}): RunGate {
  return { kind: 'run', name: 'tests', needs: [], timeoutMs: 30_000, setup: [], run, environment: {}, ...extra };
}
