import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonService } from './contract';
import { createRepositories } from './ecr/repositories';
import { createEcr } from './ecr/service';
import { createTokens } from './ecr/tokens';
import { readBody } from './exchange';
import { createFaults } from './faults';
import { openFront } from './front';
import { jsonExchange } from './json-protocol';
import { createLogs } from './logs';
import { createCallRecord } from './record';
import { createBlobStore } from './registry/blobs';
import { registryExchange } from './registry/handler';
import type { Registry } from './registry/handler';
import { createImageSource } from './registry/images';
import { stsExchange } from './sts';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

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
  const logs = createLogs();
  const repositories = createRepositories(accountId);
  const tokens = createTokens(now);
  const blobs = await createBlobStore(join(stateDir, 'registry'));
  const front = await openFront(port, faults, record);
  const registryHost = `127.0.0.1:${front.port}`;
  const registry: Registry = { repositories, blobs, tokens, uploads: new Map() };
  const ecr = createEcr({ region, registryHost, repositories, tokens, blobs });

  return {
    endpoint: `http://${registryHost}`,
    registryHost,
    images: createImageSource({ registryHost, repositories, blobs, directory: join(stateDir, 'images') }),
    logs: logs.sink,
    faults,
    calls: record.calls,
    /** Begins to answer, with these services beside ECR, Logs, STS and the registry. */
    serve(others: readonly JsonService[]): void {
      const services = [ecr, logs.service, ...others];
      front.serve(async (request, requestId) => {
        // The registry reads bodies itself, since blobs are large.
        if (/^\/v2(\/|$|\?)/.test(request.url ?? '')) return registryExchange(request, registry);
        const body = await readBody(request, BODY_LIMIT_BYTES);
        const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
        return isForm && body
          ? stsExchange(request, body, requestId, accountId)
          : jsonExchange(request, body, requestId, region, services);
      });
    },
    close: () => front.close(),
  };
}
