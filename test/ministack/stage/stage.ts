import path from 'node:path';
import { activitiesOn } from '../../../bin/activities';
import type { ReleaseRef } from '../../../client/release-end';
import type { Releases } from '../../../client/releases';
import { releasesOf } from '../../../client/releases';
import type { ReleaseOutcome } from '../../../model/outcome';
import type { ReleaseRequest } from '../../../model/plan';
import { startTestServer } from '../../helpers/temporal';
import type { Account } from './account';
import { openAccount } from './account';
import type { Project, ProjectOptions } from './project';
import { openProject } from './project';

const ENDS_WITHIN_MS = 90_000;

/** ministack as AWS, a Temporal server, and workers of all roles with the real activities, for the tests of a file. */
export interface Stage {
  account: Account;
  releases: Releases;
  /** A project with resources of its own: projects of one stage do not meet. */
  project(name: string, options?: ProjectOptions): Promise<Project>;
  release(request: ReleaseRequest): Promise<ReleaseOutcome>;
  outcomeOf(release: ReleaseRef): Promise<ReleaseOutcome>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  };
  try {
    const account = await openAccount();
    closing.push(() => account.close());
    // As the product is told: by the environment, which its clients read when they are made.
    Object.assign(process.env, account.env);
    const temporal = await startTestServer();
    closing.push(() => temporal.stop());
    await temporal.work(activitiesOn(path.join(account.ministack.directory, 'worker')));
    const releases = releasesOf(temporal.client);
    const outcomeOf = async (ref: ReleaseRef): Promise<ReleaseOutcome> => {
      const end = await releases.awaitOutcome(ref, { signal: AbortSignal.timeout(ENDS_WITHIN_MS) });
      if (end.terminated) throw new Error(end.cause);
      return end.outcome;
    };
    return {
      account,
      releases,
      project: (name, options) => openProject(account, name, options),
      release: async (request) => outcomeOf(await releases.start(request)),
      outcomeOf,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
