import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSource } from '../../../activities/source/source';
import type { Source } from '../../../activities/source/source';

const guard = [process.execPath, path.resolve(__dirname, '../../../bin/guard.mjs')];

export interface Fixture {
  folder: string;
  /** An empty repository on branch `main`. */
  repository: string;
  workDir: string;
  source: Source;
  /** Another one on the same folder, with a time limit of its own. */
  createSource(gitTimeoutMs: number): Source;
  git(...args: string[]): string;
  write(file: string, content: string | Buffer): void;
  /** Commits whatever is there, and answers the commit's id. */
  commit(message: string): string;
  remove(): void;
}

export function createFixture(): Fixture {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-source-'));
  const repository = path.join(folder, 'repository');
  const workDir = path.join(folder, 'work');
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.com');
  return {
    folder,
    repository,
    workDir,
    source: createSource({ workDir, guard, gitTimeoutMs: 30_000 }),
    createSource: (gitTimeoutMs) => createSource({ workDir, guard, gitTimeoutMs }),
    git,
    write(file, content) {
      mkdirSync(path.dirname(path.join(repository, file)), { recursive: true });
      writeFileSync(path.join(repository, file), content);
    },
    commit(message) {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
