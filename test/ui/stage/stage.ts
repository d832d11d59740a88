import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Embedded } from '../../../bin/embedded';
import { startEmbedded } from '../../../bin/embedded';
import type { ReleaseRef } from '../../../client/release-end';
import type { StartedRelease } from '../../../client/start-release';
import type { ReleaseOutcome } from '../../../model/outcome';
import type { Account } from '../../e2e/stage/account';
import { openAccount } from '../../e2e/stage/account';
import { openProject } from '../../e2e/stage/project';
import { outcomeOf } from '../../e2e/stage/stage';
import { waitFor } from '../../helpers/wait-for';

/** Temporal with its UI and all workers, as `sluice run` starts them, and a local AWS to release to. */
export interface Stage {
  embedded: Embedded;
  /** A release of a project of its own, which waits for approval, and is listed so. */
  waitingRelease(project: string): Promise<StartedRelease>;
  /** The newest run of a workflow. */
  runOf(workflowId: string): Promise<Required<ReleaseRef>>;
  /** How a release ended by its own word. */
  outcomeOf(ref: ReleaseRef): Promise<ReleaseOutcome>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-ui-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  };
  try {
    const account: Account = await openAccount(path.join(directory, 'aws'));
    closing.push(() => account.close());
    // As the product is told: by the environment, which its clients read when they are made.
    Object.assign(process.env, account.env);
    const embedded = await startEmbedded({ stateDir: path.join(directory, 'state'), onProgress: () => undefined });
    closing.push(() => embedded.stop());
    const { releases, client } = embedded;
    return {
      embedded,
      async waitingRelease(name) {
        const project = await openProject(account, path.join(directory, name), name, { approval: true });
        const started = await releases.start(project.request(project.first));
        await waitFor(`${name} to be listed as waiting`, async () => {
          const { count } = await client.workflow.count(`SluiceProject = '${name}' AND SluicePhase = 'approval'`);
          return count === 1 && (await releases.status(started)).waitingForApproval;
        });
        return started;
      },
      async runOf(workflowId) {
        const { runId } = await client.workflow.getHandle(workflowId).describe();
        return { workflowId, runId };
      },
      outcomeOf: (ref) => outcomeOf(releases, ref),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
