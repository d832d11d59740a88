import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonService } from './contract';
import { createRepositories } from './ecr/repositories';
import { createEcr } from './ecr/service';
import { createTokens } from './ecr/tokens';
import { createFaults } from './faults';
import { openFront } from './front';
import { jsonExchange } from './json-protocol';
import { createLogs } from './logs';
import { createCallRecord } from './record';
import type { CallFilter, RecordedCall } from './record';
import { createBlobStore } from './registry/blobs';
import { registryExchange } from './registry/handler';
import type { Registry } from './registry/handler';
import { createImageSource } from './registry/images';
import { stsExchange } from './sts';

export interface CoreOptions {
  /** Holds `calls.jsonl`, `registry/` and `images/`. It is not read at the start: nothing outlives the process. */
  stateDir: string;
  region: string;
  accountId: string;
  port: number;
  /** The clock of authorization tokens, epoch milliseconds; the machine's unless said otherwise. */
  now?: () => number;
}

export type Core = Awaited<ReturnType<typeof openCore>>;

/**
 * Opens all of the local AWS but ECS, which is built on its images and logs; requests wait until `serve`.
 * Throws an Error of one sentence when the port is in use.
 */
export async function openCore({ stateDir, region, accountId, port, now }: CoreOptions) {
  await mkdir(stateDir, { recursive: true });
  const faults = createFaults();
  const record = createCallRecord(join(stateDir, 'calls.jsonl'));
  const logs = createLogs(region, accountId);
  const repositories = createRepositories(accountId);
  const tokens = createTokens(now);
  const blobs = await createBlobStore(join(stateDir, 'registry'));
  const front = await openFront(port, faults, record);
  const registryHost = `127.0.0.1:${front.port}`;
  const ecr = createEcr({ region, registryHost, repositories, tokens, blobs });
  const registry: Registry = { repositories, blobs, tokens, uploads: new Map() };

  return {
    endpoint: `http://${registryHost}`,
    registryHost,
    images: createImageSource({ registryHost, repositories, blobs, directory: join(stateDir, 'images') }),
    logs: logs.sink,
    faults,
    calls: (filter?: CallFilter): readonly RecordedCall[] => record.calls(filter),
    /** Begins to answer, with these services beside ECR, Logs, STS and the registry. */
    serve(others: readonly JsonService[]): void {
      const services = [ecr, logs.service, ...others];
      front.serve({
        json: (request, body, requestId) => jsonExchange(request, body, requestId, region, services),
        form: (request, body, requestId) => stsExchange(request, body, requestId, accountId),
        registry: (request) => registryExchange(request, registry),
      });
    },
    close: (): Promise<void> => front.close(),
  };
}
