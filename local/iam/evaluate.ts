import type { Context } from './conditions';
import { holds } from './conditions';
import type { Patterns, Statement } from './document';
import { fits, fitsAction } from './wildcard';

/** One permission that a call takes. */
export interface Demand {
  /** For example `ecs:UpdateService`. */
  action: string;
  /** An ARN, or `*` where the action knows no resource. */
  resource: string;
  context: Context;
}

export type Verdict = 'allow' | 'explicit-deny' | 'implicit-deny';

/** What one set of policies says: any Deny that applies wins, and what nothing allows is denied. */
export function judge(statements: readonly Statement[], { action, resource, context }: Demand): Verdict {
  const applying = statements.filter(
    ({ actions, resources, conditions }) =>
      matches(actions, (pattern) => fitsAction(pattern, action)) &&
      matches(resources, (pattern) => fits(pattern, resource)) &&
      conditions.every((condition) => holds(condition, context)),
  );
  if (applying.some(({ effect }) => effect === 'Deny')) return 'explicit-deny';
  return applying.length > 0 ? 'allow' : 'implicit-deny';
}

function matches({ patterns, not }: Patterns, fitting: (pattern: string) => boolean): boolean {
  return patterns.some(fitting) !== not;
}
