import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Iam } from '../iam/iam';
import { onlyCallerIdentity, queryExchange } from '../iam/query-protocol';
import type { JsonService } from './contract';
import { createRepositories, createTokens } from './ecr/repositories';
import { createEcr } from './ecr/service';
import { readBody } from './exchange';
import { createFaults } from './faults';
import { openFront } from './front';
import type { Understand } from './front';
import { jsonExchange } from './protocols';
import { createLogs } from './logs';
import { createCallRecord } from './record';
import { createBlobStore } from './registry/blobs';
import { registryExchange } from './registry/handler';
import type { Registry } from './registry/handler';
import { createImageSource } from './registry/images';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export interface CoreOptions {
  /** Holds `calls.jsonl`, `registry/` and `images/`. It is not read at the start: nothing outlives the process. */
  stateDir: string;
  region: string;
  accountId: string;
  port: number;
  /** The clock of authorization tokens, epoch milliseconds. */
  now?: () => number;
}

export type Core = Awaited<ReturnType<typeof openCore>>;

/** Opens all but ECS, which is built on its images and logs. Rejects with an Error of one sentence when the port is in use. */
export async function openCore({ stateDir, region, accountId, port, now }: CoreOptions) {
  await mkdir(stateDir, { recursive: true });
  const faults = createFaults();
  const record = createCallRecord(join(stateDir, 'calls.jsonl'));
  const logs = createLogs();
  const front = await openFront(port, faults, record);
  const registryHost = `127.0.0.1:${front.port}`;
  const registry: Registry = {
    host: registryHost,
    repositories: createRepositories(accountId),
    tokens: createTokens(now),
    blobs: await createBlobStore(join(stateDir, 'registry')),
  };
  const ecr = createEcr(region, registry);

  return {
    endpoint: `http://${registryHost}`,
    registryHost,
    images: createImageSource(registry, join(stateDir, 'images')),
    logs: logs.sink,
    /** A password of its own for what pulls the tasks' images. */
    registryPassword: () => registry.tokens.issue('ecs-agent').password,
    faults,
    calls: record.calls,
    /** Begins to answer, with these services beside ECR, Logs, STS and the registry; without an IAM all that is signed is allowed. */
    serve(others: readonly JsonService[], iam?: Iam): void {
      const services = [ecr, logs.service, ...others];
      const queries = iam?.queries ?? onlyCallerIdentity(accountId);
      const understand: Understand = async (request, requestId) => {
        // The registry reads bodies itself, since blobs are large.
        if (/^\/v2(\/|$|\?)/.test(request.url ?? '')) return registryExchange(request, registry);
        const body = await readBody(request, BODY_LIMIT_BYTES);
        const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
        return isForm && body
          ? queryExchange(request, body, requestId, queries)
          : jsonExchange(request, body, requestId, region, services);
      };
      front.serve(iam?.guard(understand) ?? understand);
    },
    close: () => front.close(),
  };
}
