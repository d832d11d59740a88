import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createAwsClients } from '../../../activities/aws/clients';
import { GUARD, PACKAGE_ROOT } from '../../../bin/root';
import { releasesOf } from '../../../client/releases';
import type { ProviderSettings } from '../../../local/iam/settings';
import { parsePolicy } from '../../../model/policy/parse';
import { createActivities } from '../../../worker/activities';
import { startTestServer } from '../../helpers/temporal';
import type { Account } from './account';
import { openAccount } from './account';
import { policyFile, releaseFile } from './files';
import type { Project } from './project';
import { openProject } from './project';

/** A Temporal server, workers with the real activities, and an AWS account in which only policies allow anything. */
export interface Stage {
  account: Account;
  /** Holds `policy.yml`, and `NAME.release.yml` of each project. */
  directory: string;
  /** What workers wrote to their log, a line each. */
  warnings: readonly string[];
  project(name: string): Promise<Project>;
  close(): Promise<void>;
}

export interface StageOptions {
  projects: readonly string[];
  /** Whether workers have a policy.yml, and so assume a role for each trust zone; else they work as who they are. */
  policy: boolean;
  providers?: readonly ProviderSettings[];
  /** Credentials for the worker instead of its own key, in the environment's variables. */
  credentials?: (account: Account, directory: string) => Promise<Readonly<Record<string, string>>>;
}

export async function openStage({ projects, policy, providers, credentials }: StageOptions): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-iam-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let last = closing.pop(); last; last = closing.pop()) await last();
  };
  try {
    const sick = path.join(directory, 'sick');
    const repositories = path.join(directory, 'repositories');
    const text = policyFile(projects, (name) => path.join(repositories, name), sick);
    await writeFile(path.join(directory, 'policy.yml'), text);
    for (const name of projects) await writeFile(path.join(directory, `${name}.release.yml`), releaseFile(name, sick));
    const parsed = parsePolicy(text, 'policy.yml');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));

    const account = await openAccount(path.join(directory, 'aws'), providers);
    closing.push(() => account.close());
    Object.assign(process.env, account.env, await credentials?.(account, directory));
    const warnings: string[] = [];
    const temporal = await startTestServer();
    closing.push(() => temporal.stop());
    await temporal.work(
      createActivities({
        clients: createAwsClients(),
        guard: GUARD,
        packageRoot: PACKAGE_ROOT,
        workDir: path.join(directory, 'work'),
        logDir: path.join(directory, 'logs'),
        warn: (text) => warnings.push(text),
        ...(policy && { policy: parsed.policy }),
      }),
    );
    const releases = releasesOf(temporal.client);
    return {
      account,
      directory,
      warnings,
      project: (name) => openProject({ account, releases, directory: repositories, sick }, name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
