import { canonicalJson, isJsonObject } from '../json';
import type { Json, JsonObject } from '../json';
import { onlyIf, ref, sub } from './cloudformation';
import { pascal } from './names';
import type { EnvironmentNames } from './parameters';
import { arnOf, typesOf } from './resources';
import type { Names } from './resources';
import type { EnvironmentFacts, ImageFacts } from './subject';
import { USES } from './uses';
import type { ActionUse, Zone } from './uses';

const TASKS = 'ecs-tasks.amazonaws.com';
/** What only ECS and ECR number, and a policy cannot name. */
const ANY: Names = {
  ServiceDeploymentId: '*',
  ServiceRevisionId: '*',
  TaskDefinitionRevisionNumber: '*',
  TaskId: '*',
  LogStreamName: '*',
};

/** Uses that are limited in the same way, and therefore stand in one statement. */
interface Group {
  actions: string[];
  types: string[];
  limits: readonly string[];
  need: ActionUse['need'];
}

/** What a deployer may do in one environment: exactly its services, their families, log groups and tasks' roles. */
export function deployerStatements(environment: EnvironmentFacts, names: EnvironmentNames, images: ImageFacts): Json[] {
  const { region: Region, cluster: ClusterName } = environment;
  const place = { ...ANY, Region, ClusterName };
  return groupsOf('deployer').flatMap((group): Json[] => {
    const { types, limits } = group;
    const each = (only: readonly { service: string; family: string; logGroup: string }[]) =>
      only.flatMap(({ service: ServiceName, family, logGroup }) =>
        arnsOf(group, {
          ...place,
          ServiceName,
          TaskDefinitionFamilyName: `\${${family}}`,
          LogGroupName: `\${${logGroup}}`,
        }),
      );
    if (types.includes('repository')) return [statement(names.prefix, group, arnsOf(group, repositoryNames(images)))];
    if (types.includes('role')) {
      const passed = { StringEquals: { 'iam:PassedToService': TASKS } };
      return [onlyIf(`Has${names.taskRoles}`, statement(names.prefix, group, ref(names.taskRoles), passed))];
    }
    if (types.includes('log-stream')) {
      return names.services.map((one) => onlyIf(`Has${one.logGroup}`, statement(one.logGroup, group, each([one]))));
    }
    if (limits.includes('ecs:task-definition')) {
      return names.services.map((one) => {
        const family = { ...place, TaskDefinitionFamilyName: `\${${one.family}}` };
        const ofFamily = {
          ArnLike: { 'ecs:task-definition': sub(arnOf('ecs:RegisterTaskDefinition', 'task-definition', family)) },
        };
        return statement(one.family.replace(/Family$/, ''), group, each([one]), ofFamily);
      });
    }
    if (limits.includes('ecs:cluster')) {
      const cluster = `arn:\${AWS::Partition}:ecs:${Region}:\${AWS::AccountId}:cluster/${ClusterName}`;
      return [statement(names.prefix, group, '*', { ArnEquals: { 'ecs:cluster': sub(cluster) } })];
    }
    return [statement(names.prefix, group, types.length === 0 ? '*' : unique(each(names.services)))];
  });
}

/** What the image builder may do: push to one repository, and read those that images are built on. */
export function imageStatements(images: ImageFacts): Json[] {
  const { dockerfile, bases } = images;
  return groupsOf('images').flatMap((group): Json[] => {
    const { types, need } = group;
    if (need === 'base') {
      const arns = bases.flatMap((RepositoryName) => arnsOf(group, { ...repositoryNames(images), RepositoryName }));
      return arns.length === 0 ? [] : [statement('Base', group, arns)];
    }
    if (need === 'dockerfile' && !dockerfile) return [];
    return [statement(need ?? 'Images', group, types.length === 0 ? '*' : arnsOf(group, repositoryNames(images)))];
  });
}

/** What a deployer's role may see of itself. */
export function ownRoleStatements(path: string, name: string): Json[] {
  return USES.filter(({ own }) => own === true).map(({ action }) => ({
    Sid: 'OwnRole',
    Effect: 'Allow',
    Action: [action],
    Resource: sub(arnOf(action, 'role', { RoleNameWithPath: `${path}${name}`.replace(/^\//, '') })),
  }));
}

/** Without those that say the same as one before, whatever their Sid. */
export function withoutRepetition(statements: readonly Json[]): Json[] {
  const seen = new Set<string>();
  return statements.filter((each) => {
    const { Sid: _sid, ...said } = isJsonObject(each) ? each : {};
    const text = canonicalJson(said);
    return !seen.has(text) && seen.add(text);
  });
}

function groupsOf(zone: Zone): Group[] {
  const groups = new Map<string, Group>();
  for (const use of USES.filter((each) => each.zone === zone && each.own !== true)) {
    const { action, limits = [], need } = use;
    const types = typesOf(use);
    const key = [action.split(':')[0], ...types, ...limits, need].join(' ');
    const group = groups.get(key) ?? { actions: [], types, limits, need };
    group.actions.push(action);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function arnsOf({ actions: [action = ''], types }: Group, names: Names): Json[] {
  return types.map((type) => sub(arnOf(action, type, names)));
}

function repositoryNames({ repository: RepositoryName, region: Region, account }: ImageFacts): Names {
  return { RepositoryName, Region, ...(account !== undefined && { Account: account }) };
}

function statement(of: string, { actions, types, limits }: Group, Resource: Json, Condition?: JsonObject): JsonObject {
  const by = limits.map((key) => `By${pascal(key.split(':')[1] ?? '')}`);
  const Sid = [pascal(of), ...(types.length === 0 ? ['Anywhere'] : types.map(pascal)), ...by].join('');
  return { Sid, Effect: 'Allow', Action: actions, Resource, ...(Condition && { Condition }) };
}

/** Two services may share a family. */
function unique(values: Json[]): Json[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}
