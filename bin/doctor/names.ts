import type { ServiceTarget } from '../../model/target';

/** What a check of one service is called. */
export function nameOf({ scope, service }: ServiceTarget, part: string): string {
  return `${scope.environment}/${service.service}: ${part}`;
}
