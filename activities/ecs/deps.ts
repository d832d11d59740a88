import type { AwsClients, RegionalClients } from '../aws/clients';
import type { Authority } from './authority/authority';
import { accessService } from './service-access';
import type { ServiceAccess } from './service-access';
import type { ServiceTarget } from '../../model/target';
import { defaultPace, UNAVAILABLE_AFTER_MS } from './patience';
import type { Pace } from './patience';

export interface EcsDeps {
  /** The worker's own credentials are compared with the longest way of a release. */
  clients: Pick<AwsClients, 'expiry'>;
  /** Asked before every write; which identity touches what is its word too. */
  authority: Authority;
  /** Pauses between looks; tests shorten them. */
  pace?: Pace;
  /** How long AWS may fail to answer before a wait throws `Unavailable`. */
  unavailableAfterMs?: number;
  now?: () => Date;
}

/** One group of activities' view of its dependencies, defaults filled in. */
export interface EcsContext {
  clients: EcsDeps['clients'];
  authority: Authority;
  clientsOf: (target: ServiceTarget) => RegionalClients;
  /** Of every wait: see `watch`. */
  limits: { pace: Pace; unavailableAfterMs: number };
  now: () => Date;
  access: (target: ServiceTarget) => ServiceAccess;
}

export function contextOf(deps: EcsDeps): EcsContext {
  return {
    clients: deps.clients,
    authority: deps.authority,
    clientsOf: (target) => deps.authority.clientsOf(target),
    limits: { pace: deps.pace ?? defaultPace, unavailableAfterMs: deps.unavailableAfterMs ?? UNAVAILABLE_AFTER_MS },
    now: deps.now ?? (() => new Date()),
    access: (target) => accessService(deps.authority.clientsOf(target).ecs(target.region), target),
  };
}
