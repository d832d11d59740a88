import type { Json, JsonObject } from '../json';
import { ref } from './cloudformation';
import { uniqueNames } from './names';
import type { EnvironmentFacts, RepositoryFacts } from './subject';

/** What files do not say and templates therefore ask for; and the conditions on what may be left empty. */
export interface Asked {
  parameters: Record<string, JsonObject>;
  conditions: Record<string, Json>;
}

/** The names of one environment's parameters; all of them are texts for Fn::Sub, but `taskRoles`. */
export interface EnvironmentNames {
  prefix: string;
  taskRoles: string;
  /** In the order of the environment's services. */
  services: { service: string; family: string; logGroup: string }[];
}

const FAMILY = '^[A-Za-z0-9_-]{1,255}$';
const LOG_GROUP = '^[A-Za-z0-9_/.#-]{0,512}$';
const PRINCIPAL = '^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$';

/** Families, log groups and roles of tasks: no file of Sluice's names them. */
export function askForTasks(environments: readonly EnvironmentFacts[]): Asked & { names: EnvironmentNames[] } {
  const asked: Asked = { parameters: {}, conditions: {} };
  const services = environments.flatMap(({ name, services }) => services.map((service) => `${name} ${service}`));
  const servicePrefixes = uniqueNames(services);
  const names = uniqueNames(environments.map(({ name }) => name)).map((prefix, index): EnvironmentNames => {
    const { name = '', services = [] } = environments[index] ?? {};
    const taskRoles = `${prefix}TaskRoles`;
    asked.parameters[taskRoles] = {
      Type: 'CommaDelimitedList',
      Default: '',
      Description: `ARNs of the task and execution roles that task definitions of ${name} name; empty where they name none.`,
    };
    asked.conditions[`Has${taskRoles}`] = isNotEmpty({ 'Fn::Join': ['', ref(taskRoles)] });
    return {
      prefix,
      taskRoles,
      services: services.map((service) => askForService(asked, servicePrefixes.shift() ?? '', name, service)),
    };
  });
  return { ...asked, names };
}

function askForService({ parameters, conditions }: Asked, prefix: string, environment: string, service: string) {
  const [family, logGroup] = [`${prefix}Family`, `${prefix}LogGroup`];
  const of = `of service ${service} in ${environment}`;
  parameters[family] = {
    Type: 'String',
    Default: service,
    AllowedPattern: FAMILY,
    Description: `Task definition family ${of}.`,
  };
  parameters[logGroup] = {
    Type: 'String',
    Default: `/ecs/${service}`,
    AllowedPattern: LOG_GROUP,
    Description: `CloudWatch log group that tasks ${of} write to; empty where there is none.`,
  };
  conditions[`Has${logGroup}`] = isNotEmpty(ref(logGroup));
  return { service, family, logGroup };
}

/** The principal that a worker of a trust zone has by itself, and assumes its roles with. */
export function askForWorker(name: string, zone: string): Record<string, JsonObject> {
  return {
    [name]: {
      Type: 'String',
      AllowedPattern: PRINCIPAL,
      Description: `ARN of the role (or user) that Sluice's workers for ${zone} run as.`,
    },
  };
}

/** Owner, name and numbers of the repository: what is known as it is, else as `${Parameter}`, which is then asked for. */
export function askForRepository(facts: RepositoryFacts) {
  const parameters: Record<string, JsonObject> = {};
  const known = (value: string | undefined, name: string, pattern: string, Description: string): string => {
    if (value !== undefined) return value;
    parameters[name] = { Type: 'String', AllowedPattern: pattern, Description };
    return `\${${name}}`;
  };
  const [word, number] = ['^[A-Za-z0-9._-]+$', '^[1-9][0-9]*$'];
  return {
    owner: known(facts.owner, 'RepositoryOwner', word, 'Owner of the GitHub repository.'),
    name: known(facts.name, 'RepositoryName', word, 'Name of the GitHub repository, without its owner.'),
    id: known(facts.id, 'RepositoryId', number, 'gh api repos/OWNER/NAME --jq .id'),
    ownerId: known(facts.ownerId, 'RepositoryOwnerId', number, 'gh api repos/OWNER/NAME --jq .owner.id'),
    parameters,
  };
}

function isNotEmpty(value: Json): Json {
  return { 'Fn::Not': [{ 'Fn::Equals': [value, ''] }] };
}
