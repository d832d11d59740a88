import { isJsonObject, objectsOf, textOf } from '../json';
import type { Json } from '../json';
import type { Template } from './cloudformation';

/** One action that one statement of a role allows. */
export interface Grant {
  /** Name of the role. */
  role: string;
  /** Of the statement. */
  sid: string;
  action: string;
  /** ARNs in which `*` stands for whatever is not known before the template is deployed. */
  resources: readonly string[];
}

/** What a template of ours allows, whatever its conditions say. */
export function grantsOf({ Resources }: Template): Grant[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::IAM::Role' || !isJsonObject(Properties)) return [];
    const documents = objectsOf(Properties['Policies']).map(({ PolicyDocument }) => PolicyDocument);
    const statements = documents.flatMap((document) =>
      isJsonObject(document) ? objectsOf(document['Statement']) : [],
    );
    return statements.flatMap((statement) => grants(textOf(Properties['RoleName']) ?? '', withoutCondition(statement)));
  });
}

function grants(role: string, statement: Json): Grant[] {
  const { Sid, Action = null, Resource = null } = isJsonObject(statement) ? statement : {};
  const [actions, resources] = [Action, Resource].map((value) => (Array.isArray(value) ? value : [value]));
  const sid = textOf(Sid) ?? '';
  return (actions ?? []).flatMap((action) =>
    typeof action === 'string' ? [{ role, sid, action, resources: (resources ?? []).map(patternOf) }] : [],
  );
}

function withoutCondition(statement: Json): Json {
  const { 'Fn::If': branches } = isJsonObject(statement) ? statement : {};
  return Array.isArray(branches) ? (branches[1] ?? null) : statement;
}

function patternOf(resource: Json): string {
  const text = isJsonObject(resource) ? textOf(resource['Fn::Sub']) : textOf(resource);
  return (text ?? '*').replace(/\$\{[^}]+\}/g, '*');
}
