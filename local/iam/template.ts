import type { Json, JsonObject } from '../aws/contract';
import type { Place } from './demands/place';
import type { Policies, ProviderSettings, RoleSettings } from './settings';

/** What the IAM resources of a template are, once it is deployed. */
export interface Deployed {
  roles: RoleSettings[];
  providers: ProviderSettings[];
}

/** Stands for `AWS::NoValue`: what has it as a value is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;

/**
 * Deploys, as far as IAM goes, a template of CloudFormation (as JSON): its roles and OpenID Connect providers, with these
 * parameters. Throws an Error of one sentence for a parameter that is missing, and for whatever it does not know.
 */
export function deployTemplate(template: JsonObject, parameters: Record<string, string>, place: Place): Deployed {
  const resolve = resolverOf(template, parameters, place);
  const deployed: Deployed = { roles: [], providers: [] };
  for (const [id, resource] of Object.entries(objectOf(template['Resources']))) {
    const { Type, Properties, Condition } = objectOf(resource);
    if (typeof Condition === 'string' && !resolve.condition(Condition)) continue;
    const properties = objectOf(resolve.value(Properties ?? {}) as Json);
    if (Type === 'AWS::IAM::Role') deployed.roles.push(roleOf(id, properties));
    else if (Type === 'AWS::IAM::OIDCProvider') deployed.providers.push(providerOf(properties));
    else throw new Error(`${id}: resources of type ${JSON.stringify(Type)} are not known`);
  }
  return deployed;
}

function roleOf(id: string, properties: JsonObject): RoleSettings {
  const { RoleName, Path, AssumeRolePolicyDocument, Policies, MaxSessionDuration } = properties;
  if (Path !== undefined && Path !== '/') throw new Error(`${id}: roles with a path are not known`);
  const documents = (Array.isArray(Policies) ? Policies : []).map((policy) => {
    const { PolicyName, PolicyDocument } = objectOf(policy);
    return [typeof PolicyName === 'string' ? PolicyName : '', objectOf(PolicyDocument)] as const;
  });
  const policies: Policies = Object.fromEntries(documents);
  return {
    name: typeof RoleName === 'string' ? RoleName : id,
    trust: objectOf(AssumeRolePolicyDocument),
    policies,
    ...(typeof MaxSessionDuration === 'number' && { maxSessionSeconds: MaxSessionDuration }),
  };
}

function providerOf({ Url, ClientIdList }: JsonObject): ProviderSettings {
  const audiences = (Array.isArray(ClientIdList) ? ClientIdList : []).filter((each) => typeof each === 'string');
  return { url: typeof Url === 'string' ? Url : '', audiences };
}

function resolverOf(template: JsonObject, given: Record<string, string>, { accountId, region }: Place) {
  const conditions = objectOf(template['Conditions']);
  const resources = objectOf(template['Resources']);
  const parameters = new Map<string, Json>();
  for (const [name, parameter] of Object.entries(objectOf(template['Parameters']))) {
    const { Type, Default } = objectOf(parameter);
    const value = given[name] ?? Default;
    if (typeof value !== 'string') throw new Error(`the parameter ${name} has no value`);
    parameters.set(name, Type === 'CommaDelimitedList' ? value.split(',') : value);
  }

  const refs = (name: string): Resolved => {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo: Record<string, string> = { AccountId: accountId, Partition: 'aws', Region: region };
    const known = parameters.get(name) ?? pseudo[name.replace(/^AWS::/, '')] ?? arnOf(name);
    if (known === undefined) throw new Error(`there is nothing called ${name}`);
    return known;
  };
  const arnOf = (id: string): string | undefined => {
    const { Type, Properties } = objectOf(resources[id]);
    if (Type !== 'AWS::IAM::OIDCProvider') return undefined;
    return `arn:aws:iam::${accountId}:oidc-provider/${textOf(objectOf(Properties)['Url']).replace(/^https:\/\//, '')}`;
  };
  const text = (content: Json | undefined): string => textOf(value(content ?? null));

  const intrinsics: Record<string, (argument: Json) => Resolved> = {
    Ref: (name) => refs(textOf(name)),
    'Fn::Sub': (content) => textOf(content).replace(/\$\{([^}]+)\}/g, (_whole, name: string) => textOf(refs(name))),
    'Fn::If': (branches) => {
      const [name, yes, no] = listOf(branches);
      return value((condition(textOf(name)) ? yes : no) ?? null);
    },
    'Fn::Join': (joined) => {
      const [separator, list] = listOf(joined);
      return listOf(value(list ?? null))
        .map(textOf)
        .join(textOf(separator));
    },
  };

  function value(content: Json): Resolved {
    if (Array.isArray(content)) {
      return content.map(value).filter((each): each is Json => each !== NO_VALUE);
    }
    if (typeof content !== 'object' || content === null) return content;
    const [[name, argument] = [''], ...more] = Object.entries(content);
    const intrinsic = more.length === 0 ? intrinsics[name] : undefined;
    if (intrinsic) return intrinsic(argument ?? null);
    if (name.startsWith('Fn::')) throw new Error(`the function ${name} is not known`);
    const members = Object.entries(content).map(([key, each]) => [key, value(each ?? null)] as const);
    return Object.fromEntries(members.filter(([, each]) => each !== NO_VALUE)) as JsonObject;
  }

  function condition(name: string): boolean {
    if (conditions[name] === undefined) throw new Error(`there is no condition ${name}`);
    return holds(conditions[name]);
  }

  function holds(test: Json): boolean {
    const { 'Fn::Equals': equals, 'Fn::Not': not } = objectOf(test);
    if (Array.isArray(equals)) return text(equals[0]) === text(equals[1]);
    if (Array.isArray(not)) return !holds(not[0] ?? null);
    throw new Error(`the condition ${JSON.stringify(test)} is not known`);
  }

  return { value, condition };
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function listOf(value: Resolved): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Resolved | undefined): string {
  return typeof value === 'string' ? value : '';
}
