import { TypedError } from '../../model/failures';
import { isJsonObject, textOf } from '../../model/json';
import { whyTooShort } from '../../model/longest-path';
import type { Platform } from '../../model/plan';
import type { Permit } from '../../model/policy/deployment';
import { objectionsTo } from '../../model/preflight';
import { primaryOf } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { containersOf } from '../../model/task-definition';
import type { EcsContext } from './deps';
import { readTaskDefinition } from './task-definition-wire';

export interface InspectTargets {
  /** Of one environment. */
  targets: ServiceTarget[];
  /** What is to be released there; its image is not known before it is built. */
  permit: Permit;
  requireCircuitBreaker: boolean;
  /** Of the image that would be released; its architecture is then compared with the task definitions'. */
  platform?: Platform;
}

export function inspectActivities(context: EcsContext) {
  return {
    /**
     * Refuses, before anything is built, what may never happen and what can never work (design rule 6.9). Reads only.
     *
     * Throws `PolicyRefused` for what the owner of the environment does not allow, `CredentialsRefused` for credentials
     * that end in the midst of it, `TargetMissing` for a cluster or service that does not exist, and `TargetUnsuitable`
     * with one sentence for each objection to any of the targets.
     */
    async inspectTargets(input: InspectTargets): Promise<void> {
      const { targets, permit } = input;
      // Git and ECS are asked at the same time, and what may not be outweighs what cannot be.
      const [allowed, objections] = await Promise.allSettled([
        context.authority.mayDeploy(targets, permit).then(() => refuseShortCredentials(context, targets)),
        objectionsToAll(context, input),
      ]);
      if (allowed.status === 'rejected') throw allowed.reason;
      if (objections.status === 'rejected') throw objections.reason;
      if (objections.value.length > 0) throw new TypedError('TargetUnsuitable', objections.value.join(' '));
    },
  };
}

async function objectionsToAll(
  context: EcsContext,
  { targets, requireCircuitBreaker, platform }: InspectTargets,
): Promise<string[]> {
  const objections: string[] = [];
  for (const target of targets) {
    const access = context.access(target);
    const service = await access.existingService();
    const live = primaryOf(service)?.taskDefinitionArn;
    // A controller other than ECS has no deployments here; that objection is enough.
    const definition = live === undefined ? {} : (await readTaskDefinition(access.client, live)).definition;
    const runtime = definition['runtimePlatform'];
    const architecture = isJsonObject(runtime) ? textOf(runtime['cpuArchitecture']) : undefined;
    objections.push(
      ...objectionsTo(service, {
        container: target.service.container,
        containers: live === undefined ? [target.service.container] : containersOf(definition).map(({ name }) => name),
        allowZeroTasks: target.service.allowZeroTasks,
        requireCircuitBreaker,
        ...(architecture === undefined ? {} : { architecture }),
        ...(platform === undefined ? {} : { platform }),
      }),
    );
  }
  return objections;
}

async function refuseShortCredentials({ clients, now }: EcsContext, targets: readonly ServiceTarget[]): Promise<void> {
  const expiry = await clients.expiry(targets[0]?.region ?? '');
  const reason = expiry && whyTooShort(targets, expiry.getTime(), now().getTime());
  if (reason !== undefined) throw new TypedError('CredentialsRefused', reason);
}
