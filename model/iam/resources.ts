import type { ActionUse } from './uses';
import { factsOf } from './action-facts';

/** What the `${…}` of AWS's ARN formats stand for, for example `ClusterName`; texts for Fn::Sub. */
export type Names = Readonly<Record<string, string>>;

/** Of the account and region that the template is deployed in, unless said otherwise. */
const EVERYWHERE: Names = {
  Partition: '${AWS::Partition}',
  Account: '${AWS::AccountId}',
  Region: '${AWS::Region}',
};

/** The resource types that a use is limited to; empty where it is not. */
export function typesOf({ action, on }: ActionUse): string[] {
  if (on === '*') return [];
  const types = factsOf(action).resources;
  const unknown = (on ?? []).filter((wanted) => !types.some(({ type }) => type === wanted));
  if (unknown.length > 0) throw new Error(`AWS does not know ${unknown.join(', ')} as a resource of ${action}`);
  return types.filter(({ type, required }) => on?.includes(type) ?? required).map(({ type }) => type);
}

/** The ARN, as a text for Fn::Sub, of one of an action's resource types. Throws an Error where a name is missing. */
export function arnOf(action: string, type: string, names: Names): string {
  const format = factsOf(action).resources.find((resource) => resource.type === type)?.arn ?? '';
  return format.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = { ...EVERYWHERE, ...names }[name];
    if (value === undefined) throw new Error(`nobody said which ${name} the ARN of a ${type} has`);
    return value;
  });
}
