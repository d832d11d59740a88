import { mkdir } from 'node:fs/promises';
import type { LocalAws, LocalAwsOptions } from '../../local/aws/server';
import { startLocalAws } from '../../local/aws/server';
import { GUARD } from '../root';
import { SHOP } from './shop';

/** What the local AWS can be started with, beside what is the same for all of us. */
export type LocalAccountOptions = Omit<LocalAwsOptions, 'stateDir' | 'guard' | 'region'>;

/** A local AWS, and how a program is told of it. */
export interface LocalAccount {
  aws: LocalAws;
  /** Environment variables of whoever is to talk to it: an endpoint, and credentials that open nothing else. */
  environment: Readonly<Record<string, string>>;
}

/** Variables that would lead the SDK elsewhere, or make it sign with somebody's real session. */
export const UNSET_FOR_LOCAL_AWS = ['AWS_PROFILE', 'AWS_SESSION_TOKEN'] as const;

/** Starts the local AWS. Throws an Error of one sentence when the port is in use. */
export async function openLocalAccount(stateDir: string, options: LocalAccountOptions = {}): Promise<LocalAccount> {
  await mkdir(stateDir, { recursive: true });
  const aws = await startLocalAws({ stateDir, guard: GUARD, region: SHOP.region, ...options });
  return {
    aws,
    environment: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: SHOP.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  };
}

/** The product knows no local mode: like anybody else this process is told by its environment, before it makes clients. */
export function useInThisProcess({ environment }: LocalAccount): void {
  Object.assign(process.env, environment);
  for (const name of UNSET_FOR_LOCAL_AWS) Reflect.deleteProperty(process.env, name);
}
