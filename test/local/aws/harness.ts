import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { STSClient } from '@aws-sdk/client-sts';
import { openCore } from '../../../local/aws/core';
import type { Core } from '../../../local/aws/core';

// The SDK warns when its first client is made.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

export interface Harness {
  core: Core;
  endpoint: string;
  registryHost: string;
  stateDir: string;
  ecr: ECRClient;
  sts: STSClient;
  logs: CloudWatchLogsClient;
  /** Moves the clock of authorization tokens. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'not-a-secret' };

/** The local AWS without ECS, and real SDK clients that try each call once. */
export async function openHarness(): Promise<Harness> {
  const stateDir = await mkdtemp(join(tmpdir(), 'local-aws-'));
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const core = await openCore({ stateDir, region: 'eu-west-1', accountId: '000000000000', port: 0, now });
  core.serve([]);
  const config = { endpoint: core.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 };
  const [ecr, sts, logs] = [new ECRClient(config), new STSClient(config), new CloudWatchLogsClient(config)];
  return {
    core,
    endpoint: core.endpoint,
    registryHost: core.registryHost,
    stateDir,
    ecr,
    sts,
    logs,
    advance: (ms) => {
      ahead += ms;
    },
    async close() {
      for (const client of [ecr, sts, logs]) client.destroy();
      await core.close();
      await rm(stateDir, { recursive: true });
    },
  };
}
