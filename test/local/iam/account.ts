import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { STSClient } from '@aws-sdk/client-sts';
import { GUARD } from '../../../bin/root';
import type { IamSettings } from '../../../local/iam/settings';
import { startLocalAws } from '../../../local/aws/server';
import { ACCOUNT, REGION } from './policies';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export type IamAccount = Awaited<ReturnType<typeof openIamAccount>>;

/** A local AWS with an IAM, in which the key `person` is root; and real SDK clients, which try each call once. */
export async function openIamAccount(settings: Omit<IamSettings, 'now'>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-iam-'));
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const iam = { ...settings, keys: { person: 'root' as const, ...settings.keys }, now };
  const local = await startLocalAws({ stateDir, guard: GUARD, region: REGION, accountId: ACCOUNT, iam });
  const opened: { destroy(): void }[] = [];
  return {
    local,
    /** Moves the clock of sessions and tokens. */
    advance: (ms: number): void => void (ahead += ms),
    /** Clients of whoever has these keys. */
    as(keys: string | Keys) {
      const credentials = typeof keys === 'string' ? { accessKeyId: keys, secretAccessKey: 'local' } : keys;
      const config = { endpoint: local.endpoint, region: REGION, credentials, maxAttempts: 1 };
      const [ecs, ecr] = [new ECSClient(config), new ECRClient(config)];
      const [logs, sts] = [new CloudWatchLogsClient(config), new STSClient(config)];
      opened.push(ecs, ecr, logs, sts);
      return { ecs, ecr, logs, sts };
    },
    async close() {
      for (const client of opened) client.destroy();
      await local.close();
      await rm(stateDir, { recursive: true });
    },
  };
}

/** `Code: message` of the error that a call rejects with; `allowed` when it does not. */
export async function answerTo(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
