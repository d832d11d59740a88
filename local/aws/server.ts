import { openCore } from './core';
import { createEcs } from './ecs/engine';
import type { Ecs } from './ecs/engine';
import type { EcsTiming } from './ecs/timing';
import type { Faults } from './faults';
import type { CallFilter, RecordedCall } from './record';

export interface LocalAwsOptions {
  /** All that it writes is in here. It is not read at the start: nothing outlives the process. */
  stateDir: string;
  /** The command of `bin/guard.mjs`, under which every task runs. */
  guard: readonly string[];
  /** `eu-west-1` unless said otherwise; calls signed for another are turned away. */
  region?: string;
  accountId?: string;
  /** Port of 127.0.0.1; 0, the default, for a free one. */
  port?: number;
  timing?: Partial<EcsTiming>;
}

export interface LocalAws {
  /** For AWS SDK clients and AWS_ENDPOINT_URL, for example `http://127.0.0.1:4566`. */
  endpoint: string;
  /** What image references begin with, for example `127.0.0.1:4566`. */
  registryHost: string;
  faults: Pick<Faults, 'add' | 'clear'>;
  /** Oldest first. */
  calls(filter?: CallFilter): readonly RecordedCall[];
  createTargetGroup: Ecs['createTargetGroup'];
  /** Stops every task and frees every port; nothing of it is left but files in the state folder. */
  close(): Promise<void>;
}

/** Starts a local AWS in this process. Throws an Error of one sentence when the port is in use. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { stateDir, guard, region = 'eu-west-1', accountId = '000000000000', port = 0, timing = {} } = options;
  const core = await openCore({ stateDir, region, accountId, port });
  const { endpoint, registryHost, faults, calls, images, logs } = core;
  const ecs = createEcs({ accountId, region, stateDir, images, logs, guard, timing });
  core.serve([ecs.service]);
  return {
    endpoint,
    registryHost,
    faults,
    calls,
    createTargetGroup: (request) => ecs.createTargetGroup(request),
    async close() {
      // The front goes first: a client that still polls must not start what is being stopped.
      await core.close();
      await ecs.close();
    },
  };
}
