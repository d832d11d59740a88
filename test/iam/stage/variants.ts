import type { Json, JsonObject } from '../../../local/aws/contract';
import type { RoleSettings } from '../../../local/iam/settings';
import type { RecordedCall } from '../../../local/aws/record';
import { fits } from '../../../local/iam/wildcard';

/** One thing that is taken from printed roles, by its place in them: an action of a statement, or one of its resources. */
export interface Variant {
  role: number;
  statement: number;
  member: 'Action' | 'Resource';
  index: number;
  title: string;
}

type Statement = JsonObject & { Sid: string; Action: string[]; Resource: Json };

/** Everything that can be taken from these roles: each action, and each of several resources. */
export function variantsOf(roles: readonly RoleSettings[]): Variant[] {
  return roles.flatMap((settings, role) =>
    statementsOf(settings).flatMap((each, statement) => {
      const actions = each.Action.length === 1 ? [] : listOf(each, 'Action');
      // Without its only action a statement says nothing: it is taken as a whole.
      const whole = each.Action.length === 1 ? each.Action : [];
      const resources = listOf(each, 'Resource').length > 1 ? listOf(each, 'Resource') : [];
      const variant = (member: Variant['member']) => (text: string, index: number) => ({
        ...{ role, statement, member, index },
        title: `${settings.name.split('-').at(-1) ?? ''} ${each.Sid}: ${text}`,
      });
      return [...[...whole, ...actions].map(variant('Action')), ...resources.map(variant('Resource'))];
    }),
  );
}

/** The roles of whichever project, without that one thing. */
export function reduced(roles: readonly RoleSettings[], { role, statement, member, index }: Variant): RoleSettings[] {
  return roles.map((settings, position) => {
    if (position !== role) return settings;
    const left = statementsOf(settings).flatMap((each, at) => {
      if (at !== statement) return [each];
      const list = listOf(each, member).filter((_text, one) => one !== index);
      return list.length === 0 ? [] : [{ ...each, [member]: list }];
    });
    return { ...settings, policies: { sluice: { Version: '2012-10-17', Statement: left } } };
  });
}

/** Whether a call took what is taken away. */
export function takes(roles: readonly RoleSettings[], variant: Variant, call: RecordedCall): boolean {
  const { role, statement, member, index } = variant;
  const settings = roles[role];
  const one = settings && statementsOf(settings)[statement];
  if (!one || call.principal?.includes(`:assumed-role/${settings.name}/`) !== true) return false;
  const keep = (all: Variant['member'], texts: string[]) => (member === all ? texts.slice(index, index + 1) : texts);
  const actions = keep('Action', listOf(one, 'Action'));
  const resources = keep('Resource', listOf(one, 'Resource'));
  return (call.permissions ?? []).some((permission) => {
    const [action = '', resource = ''] = permission.split(' ');
    return actions.includes(action) && resources.some((pattern) => fits(pattern, resource));
  });
}

export function statementsOf({ policies }: RoleSettings): Statement[] {
  return (policies['sluice'] as { Statement: Statement[] } | undefined)?.Statement ?? [];
}

function listOf(statement: Statement, member: Variant['member']): string[] {
  const value = statement[member];
  return (Array.isArray(value) ? value : [value]).map(String);
}
