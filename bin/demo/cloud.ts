import path from 'node:path';
import { createAwsClients } from '../../activities/aws/clients';
import type { ByHand } from './by-hand';
import { deployByHand } from './by-hand';
import type { LocalAccountOptions } from './local-account';
import { openLocalAccount, useInThisProcess } from './local-account';
import { pushNodeBase } from './node-base';
import { answeredCommit, hasImage } from './questions';
import { SHOP } from './shop';
import { createShopAccount } from './shop-account';

export interface CloudOptions extends LocalAccountOptions {
  /** The load balancer's port on 127.0.0.1; 0, the default, for a free one. */
  shopPort?: number;
}

/** A local AWS with what the shop's tutorial would have created by hand. */
export interface Cloud {
  /** The load balancer's address. */
  url: string;
  /** What a program that is to use this AWS has in its environment; this process has it already. */
  environment: Readonly<Record<string, string>>;
  /** What release.yml must name as `image.base`: a container has no Node but that of its image. */
  base: string | undefined;
  /** Builds and starts the service outside Sluice: what a rollback of the first release would return to. */
  deployByHand(input: Omit<ByHand, 'base'>): Promise<void>;
  hasImage(commit: string): Promise<boolean>;
  /** The commit that the service itself answers with; undefined while it does not answer. */
  answer(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Starts a local AWS and prepares the shop's account in it. Throws an Error of one sentence when a port is in use. */
export async function startCloud(stateDir: string, { shopPort = 0, ...options }: CloudOptions = {}): Promise<Cloud> {
  const local = await openLocalAccount(stateDir, options);
  useInThisProcess(local);
  const clients = createAwsClients();
  const close = async (): Promise<void> => {
    clients.destroy();
    await local.aws.close();
  };
  try {
    const ours = { ecr: clients.ecr(SHOP.region), ecs: clients.ecs(SHOP.region) };
    const account = await createShopAccount(local.aws, ours, shopPort);
    const base = options.containers && (await pushNodeBase(ours.ecr, path.join(stateDir, 'node-base')));
    return {
      url: account.url,
      environment: local.environment,
      base,
      deployByHand: (input) => deployByHand(account, { ...input, base }, path.join(stateDir, 'by-hand')),
      hasImage: (commit) => hasImage(account, commit),
      answer: () => answeredCommit(account),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
