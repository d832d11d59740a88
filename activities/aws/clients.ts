import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { STSClient } from '@aws-sdk/client-sts';
import { requireTemporaryCredentials } from './credentials';

const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 15_000;
/** Tries of one call, the first one included; the adaptive mode waits longer between them the more AWS throttles. */
const TRIES = 5;

export interface AwsClients {
  ecs(region: string): ECSClient;
  ecr(region: string): ECRClient;
  logs(region: string): CloudWatchLogsClient;
  sts(region: string): STSClient;
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
  const settings = (region: string) => ({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    retryMode: 'adaptive',
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      throwOnRequestTimeout: true,
      socketTimeout: ANSWER_WITHIN_MS,
    },
  });
  const opened: { destroy(): void }[] = [];
  const onePerRegion = <C extends { destroy(): void }>(make: (region: string) => C): ((region: string) => C) => {
    const made = new Map<string, C>();
    return (region) => {
      const known = made.get(region);
      if (known !== undefined) return known;
      const client = make(region);
      made.set(region, client);
      opened.push(client);
      return client;
    };
  };
  return {
    ecs: onePerRegion((region) => {
      const client = new ECSClient(settings(region));
      requireTemporaryCredentials(client);
      return client;
    }),
    ecr: onePerRegion((region) => {
      const client = new ECRClient(settings(region));
      requireTemporaryCredentials(client);
      return client;
    }),
    logs: onePerRegion((region) => {
      const client = new CloudWatchLogsClient(settings(region));
      requireTemporaryCredentials(client);
      return client;
    }),
    sts: onePerRegion((region) => {
      const client = new STSClient(settings(region));
      requireTemporaryCredentials(client);
      return client;
    }),
    destroy: () => opened.forEach((client) => client.destroy()),
  };
}
