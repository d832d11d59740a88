import type { AwsClients } from '../aws/clients';
import { accessService } from './service-access';
import type { ServiceAccess } from './service-access';
import type { ServiceTarget } from '../../model/target';
import { defaultPace, UNAVAILABLE_AFTER_MS } from './patience';
import type { Pace } from './patience';

export interface EcsDeps {
  clients: Pick<AwsClients, 'ecs' | 'ecr' | 'logs'>;
  /** Pauses between looks; tests shorten them. */
  pace?: Pace;
  /** How long AWS may fail to answer before a wait throws `Unavailable`. */
  unavailableAfterMs?: number;
  now?: () => Date;
}

/** One group of activities' view of its dependencies, defaults filled in. */
export interface EcsContext {
  clients: EcsDeps['clients'];
  /** Of every wait: see `watch`. */
  limits: { pace: Pace; unavailableAfterMs: number };
  now: () => Date;
  access: (target: ServiceTarget) => ServiceAccess;
}

export function contextOf(deps: EcsDeps): EcsContext {
  return {
    clients: deps.clients,
    limits: { pace: deps.pace ?? defaultPace, unavailableAfterMs: deps.unavailableAfterMs ?? UNAVAILABLE_AFTER_MS },
    now: deps.now ?? (() => new Date()),
    access: (target) => accessService(deps.clients.ecs(target.region), target),
  };
}
