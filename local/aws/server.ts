import { createContainerRuntime, reachDocker } from '../containers/container-runtime';
import { createIam } from '../iam/iam';
import type { IamSettings } from '../iam/settings';
import { openCore } from './core';
import { createEcs } from './ecs/engine';
import type { EcsTiming } from './ecs/timing';

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
  /** Tasks run as containers of this Docker daemon (DOCKER_HOST unless said otherwise); without it, as processes. */
  containers?: { dockerHost?: string } | undefined;
  /** Who may do what (local/iam); without it all that is signed is allowed. */
  iam?: IamSettings;
}

export type LocalAws = Awaited<ReturnType<typeof startLocalAws>>;

/** Starts a local AWS in this process. Throws an Error of one sentence when the port is in use or Docker does not answer. */
export async function startLocalAws(options: LocalAwsOptions) {
  const { stateDir, guard, region = 'eu-west-1', accountId = '000000000000', port = 0, timing = {} } = options;
  const docker = options.containers && (await reachDocker(options.containers.dockerHost));
  const iam = options.iam && createIam(options.iam, { accountId, region });
  const core = await openCore({ stateDir, region, accountId, port });
  const { endpoint, registryHost, faults, calls, images, logs } = core;
  const runtime = docker && createContainerRuntime({ engine: docker, password: core.registryPassword });
  const ecs = createEcs({ accountId, region, stateDir, images, logs, guard, timing, runtime });
  core.serve([ecs.service], iam);
  return {
    /** For AWS SDK clients and AWS_ENDPOINT_URL, for example `http://127.0.0.1:4566`. */
    endpoint,
    /** What image references begin with, for example `127.0.0.1:4566`. */
    registryHost,
    faults,
    /** Oldest first. */
    calls,
    /** Adds a role, or changes one; of a local AWS with an IAM. */
    putRole: iam?.putRole,
    createTargetGroup: ecs.createTargetGroup,
    /** Stops every task and frees every port; nothing of it is left but files in the state folder. */
    async close() {
      // The front goes first: a client that still polls must not start what is being stopped.
      await core.close();
      await ecs.close();
    },
  };
}
