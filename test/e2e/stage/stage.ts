import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { activitiesOn } from '../../../bin/activities';
import type { ReleaseEnd, ReleaseRef } from '../../../client/release-end';
import type { Releases } from '../../../client/releases';
import { releasesOf } from '../../../client/releases';
import type { ReleaseOutcome } from '../../../model/outcome';
import type { Policy } from '../../../model/policy/policy';
import type { TaskQueue } from '../../../model/queues';
import { startTestServer } from '../../helpers/temporal';
import type { Account } from './account';
import { openAccount } from './account';
import type { CliRun } from './cli';
import { runSluice } from './cli';
import { runSluiceHere } from './in-process';
import type { Project, ProjectOptions } from './project';
import { openProject } from './project';

/** A Temporal server, workers of all roles with the real activities, and an AWS account, shared by the tests of a file. */
export interface Stage {
  directory: string;
  account: Account;
  releases: Releases;
  /** For what no command would ask. */
  client: Client;
  /** What the workers of this stage do. */
  activities: (queue: TaskQueue) => object | undefined;
  /** A project with resources of its own: projects of one stage do not meet. */
  project(name: string, options?: ProjectOptions): Promise<Project>;
  /** Where commands find this stage's Temporal. */
  temporal: Readonly<Record<string, string>>;
  /** `sluice` in a process of its own, with this stage's AWS, and nothing else that the tests know. */
  sluice(args: readonly string[], cwd: string, env?: Record<string, string>): Promise<CliRun>;
  /** As `sluice`, in this process: for commands that start no workers. */
  sluiceHere: Stage['sluice'];
  close(): Promise<void>;
}

export interface StageOptions {
  /** What the workers go by, told where the repositories will be. */
  policy?: (repositories: string) => Policy;
}

export async function openStage({ policy }: StageOptions = {}): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-e2e-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  };
  try {
    const account = await openAccount(path.join(directory, 'aws'));
    closing.push(() => account.close());
    // As the product is told: by the environment, which its clients read when they are made.
    Object.assign(process.env, account.env);
    const temporal = await startTestServer();
    closing.push(() => temporal.stop());
    const repositories = path.join(directory, 'repositories');
    const activities = activitiesOn(path.join(directory, 'worker'), policy?.(repositories));
    await temporal.work(activities);
    const { address, namespace } = temporal.server;
    return {
      directory,
      account,
      releases: releasesOf(temporal.client),
      client: temporal.client,
      activities,
      project: (name, options) => openProject(account, path.join(repositories, name), name, options),
      temporal: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      sluice: (args, cwd, env = {}) => runSluice(args, { cwd, env: { ...account.env, ...env } }),
      sluiceHere: (args, cwd, env = {}) => runSluiceHere(args, { cwd, env }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How a release ended by its own word. */
export async function outcomeOf(releases: Releases, ref: ReleaseRef): Promise<ReleaseOutcome> {
  const end: ReleaseEnd = await releases.awaitOutcome(ref);
  if (end.terminated) throw new Error(end.cause);
  return end.outcome;
}
