import { TypedError } from '../../model/failures';
import { isJsonObject, textOf } from '../../model/json';
import type { Platform } from '../../model/plan';
import { objectionsTo } from '../../model/preflight';
import { primaryOf } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { containersOf } from '../../model/task-definition';
import type { EcsContext } from './deps';
import { readTaskDefinition } from './task-definition-wire';

export interface InspectTargets {
  targets: ServiceTarget[];
  requireCircuitBreaker: boolean;
  /** Of the image that would be released; its architecture is then compared with the task definitions'. */
  platform?: Platform;
}

export function inspectActivities(context: EcsContext) {
  return {
    /**
     * Refuses, before anything is built, what can never work (design rule 6.9). Reads only.
     *
     * Throws `TargetMissing` for a cluster or service that does not exist, and `TargetUnsuitable` with one sentence for
     * each objection to any of the targets.
     */
    async inspectTargets({ targets, requireCircuitBreaker, platform }: InspectTargets): Promise<void> {
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
            containers:
              live === undefined ? [target.service.container] : containersOf(definition).map(({ name }) => name),
            allowZeroTasks: target.service.allowZeroTasks,
            requireCircuitBreaker,
            ...(architecture === undefined ? {} : { architecture }),
            ...(platform === undefined ? {} : { platform }),
          }),
        );
      }
      if (objections.length > 0) throw new TypedError('TargetUnsuitable', objections.join(' '));
    },
  };
}
