import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { STSClient } from '@aws-sdk/client-sts';
import { assumedRole } from './assumed-role';
import type { SessionProvider } from './assumed-role';
import { requireTemporaryCredentials, staticExpiry } from './credentials';
import { iamClient } from './iam';
import type { ClientSettings, IamClient } from './iam';
import type { AssumedIdentity } from './identity';

const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 15_000;
/** Tries of one call, the first one included; the adaptive mode waits longer between them the more AWS throttles. */
const TRIES = 5;
/** Identities whose clients are kept: those of releases that ended long ago are dropped. */
const IDENTITIES_KEPT = 50;

/** The clients of one identity. */
export interface RegionalClients {
  ecs(region: string): ECSClient;
  ecr(region: string): ECRClient;
  logs(region: string): CloudWatchLogsClient;
  iam(region: string): Pick<IamClient, 'attachedPolicies'>;
}

export interface AwsClients extends RegionalClients {
  sts(region: string): STSClient;
  /** The same for a role that this worker's own identity assumes; the role is asked for when the first call needs it. */
  as(identity: AssumedIdentity): RegionalClients;
  /** When the worker's own credentials end for good; undefined where they renew themselves, or do not say. */
  expiry(region: string): Promise<Date | undefined>;
  /** Closes idle connections; the end of a worker. */
  destroy(): void;
}

/**
 * Clients for AWS, made on first use and kept for each region, so that all activities of a worker share one adaptive
 * rate limit and one cache of credentials (the SDK's default chain).
 *
 * Every call has its time limits and retries set here, and refuses long-lived keys. `endpoint` is for tests; otherwise
 * the SDK itself reads AWS_ENDPOINT_URL and its kin.
 */
export function createAwsClients({ endpoint }: { endpoint?: string } = {}): AwsClients {
  const settings = (region: string, credentials?: SessionProvider) => ({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    retryMode: 'adaptive',
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      throwOnRequestTimeout: true,
      socketTimeout: ANSWER_WITHIN_MS,
    },
  });
  const own = openClients(settings);
  const sts = onePerRegion((region) => {
    const client = new STSClient(settings(region));
    requireTemporaryCredentials(client);
    return client;
  });
  const openAs = (identity: AssumedIdentity): OpenClients => {
    const session = onePerRegion((region) => assumedRole(sts.of(region), identity));
    return openClients((region) => settings(region, session.of(region)));
  };
  const assumed = new Map<string, OpenClients>();
  return {
    ...own.clients,
    sts: sts.of,
    as(identity) {
      const key = `${identity.role} ${identity.session}`;
      const open = assumed.get(key) ?? openAs(identity);
      // The one that is used last stands last. What is dropped may still be in use, and so is not closed.
      assumed.delete(key);
      assumed.set(key, open);
      const [oldest] = assumed.keys();
      if (assumed.size > IDENTITIES_KEPT && oldest !== undefined) assumed.delete(oldest);
      return open.clients;
    },
    expiry: (region) => staticExpiry(own.clients.ecs(region)),
    destroy() {
      for (const { close } of [own, ...assumed.values()]) close();
      for (const client of sts.made()) client.destroy();
    },
  };
}

interface OpenClients {
  clients: RegionalClients;
  close: () => void;
}

function openClients(settings: (region: string) => ClientSettings): OpenClients {
  const ecs = onePerRegion((region) => {
    const client = new ECSClient(settings(region));
    requireTemporaryCredentials(client);
    return client;
  });
  const ecr = onePerRegion((region) => {
    const client = new ECRClient(settings(region));
    requireTemporaryCredentials(client);
    return client;
  });
  const logs = onePerRegion((region) => {
    const client = new CloudWatchLogsClient(settings(region));
    requireTemporaryCredentials(client);
    return client;
  });
  const iam = onePerRegion((region) => iamClient(region, settings));
  return {
    clients: { ecs: ecs.of, ecr: ecr.of, logs: logs.of, iam: iam.of },
    close: () => [...ecs.made(), ...ecr.made(), ...logs.made(), ...iam.made()].forEach((client) => client.destroy()),
  };
}

function onePerRegion<T>(make: (region: string) => T): { of: (region: string) => T; made: () => T[] } {
  const known = new Map<string, T>();
  return {
    of(region) {
      const found = known.get(region) ?? make(region);
      known.set(region, found);
      return found;
    },
    made: () => [...known.values()],
  };
}
