import type { Json, JsonObject } from '../json';
import { ref } from './cloudformation';
import type { Template } from './cloudformation';
import { askForRepository, askForTasks, askForWorker } from './parameters';
import { deployerStatements, imageStatements, ownRoleStatements, withoutRepetition } from './statements';
import type { IamSubject } from './subject';
import { AUDIENCE, GITHUB_ISSUER, githubTrust, workerTrust } from './trust';
import { charactersOf, MOST_CHARACTERS } from './size';
import { IamProblem, workerRoles, workerZones } from './worker-roles';
import { roleName } from './names';

/**
 * Who gets a role: workers, one for `images` and one for each environment (`deployer`); or a job of GitHub Actions that runs
 * Sluice itself (`sluice run`), one for all that it does.
 */
export const RECIPIENTS = ['images', 'deployer', 'github'] as const;
export type Recipient = (typeof RECIPIENTS)[number];

export interface TemplateOptions {
  for: readonly Recipient[];
  /** How long a session of the role for GitHub may be, in seconds: 3,600 to 43,200. */
  sessionSeconds?: number;
  /** The subject has but some of the project's environments: the role for GitHub is then called after them. */
  someEnvironments?: boolean;
}

const PROVIDER = 'GitHubOidcProvider';
const PROVIDER_ARN = 'GitHubOidcProviderArn';
const NEW_PROVIDER = 'HasNoGitHubOidcProvider';

/**
 * The CloudFormation template of the roles that a project needs. The same input gives the same template, to the order of its
 * keys. Throws `IamProblem` for roles that cannot be in one template.
 */
export function templateFor(subject: IamSubject, options: TemplateOptions): Template {
  const { project, environments, images } = subject;
  const isFor = (recipient: Recipient): boolean => options.for.includes(recipient);
  const { parameters, conditions, names } = askForTasks(isFor('deployer') || isFor('github') ? environments : []);
  const template: Template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `What Sluice may do to release ${project}: made by "sluice iam", for one AWS account.`,
    Parameters: parameters,
    Conditions: conditions,
    Resources: {},
    Outputs: {},
  };
  const deployers = environments.map((environment, index) => {
    const ofEnvironment = names[index];
    return ofEnvironment === undefined ? [] : deployerStatements(environment, ofEnvironment, images);
  });
  const zones = workerZones(project, { environments, deployers, images }).filter(({ recipient }) => isFor(recipient));
  for (const role of workerRoles(zones)) {
    for (const [parameter, zone] of role.workers) Object.assign(template.Parameters, askForWorker(parameter, zone));
    addRole(template, role.id, { ...role, trust: workerTrust(role.workers.map(([parameter]) => parameter)) });
  }
  if (isFor('github')) {
    const statements = withoutRepetition([...imageStatements(images), ...deployers.flat()]);
    addGithubRole(template, subject, statements, options);
  }
  return template;
}

function addGithubRole(template: Template, subject: IamSubject, statements: Json[], options: TemplateOptions): void {
  const { parameters, ...repository } = askForRepository(subject.repository);
  Object.assign(template.Parameters, parameters, {
    [PROVIDER_ARN]: {
      Type: 'String',
      Default: '',
      AllowedPattern: `^(arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/${GITHUB_ISSUER.replaceAll('.', '\\.')})?$`,
      Description: 'ARN of the OpenID Connect provider for GitHub, where the account has it already; empty to make it.',
    },
  });
  template.Conditions[NEW_PROVIDER] = { 'Fn::Equals': [ref(PROVIDER_ARN), ''] };
  template.Resources[PROVIDER] = {
    Type: 'AWS::IAM::OIDCProvider',
    Condition: NEW_PROVIDER,
    // Other stacks' roles may trust it as well: an account can have but one.
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { Url: `https://${GITHUB_ISSUER}`, ClientIdList: [AUDIENCE] },
  };
  const provider: Json = { 'Fn::If': [NEW_PROVIDER, ref(PROVIDER), ref(PROVIDER_ARN)] };
  const { branch, workflow, environments, project } = subject;
  const some = options.someEnvironments === true ? environments.map(({ name }) => name) : [];
  const name = roleName(project, ...some, 'github');
  addRole(template, 'GitHub', {
    name,
    about: `Releases ${project} from a job of GitHub Actions: AWS_DEPLOY_ROLE_ARN.`,
    trust: githubTrust(provider, { ...repository, branch, workflow }, environments),
    statements: [...statements, ...ownRoleStatements('/', name)],
    sessionSeconds: options.sessionSeconds,
  });
}

interface RoleToAdd {
  name: string;
  path?: string | undefined;
  about: string;
  trust: JsonObject;
  statements: Json[];
  sessionSeconds?: number | undefined;
}

function addRole({ Resources, Outputs }: Template, id: string, role: RoleToAdd): void {
  const { name, path, about, trust, statements, sessionSeconds } = role;
  const characters = charactersOf(statements);
  if (characters > MOST_CHARACTERS) {
    const limit = `${characters} characters, and IAM takes ${MOST_CHARACTERS}`;
    throw new IamProblem(
      `The policies of ${name} would have ${limit}: print fewer environments at once, with --environment.`,
    );
  }
  const PolicyDocument = { Version: '2012-10-17', Statement: statements };
  Resources[id] = {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      ...(path !== undefined && path !== '/' && { Path: path }),
      Description: about,
      ...(sessionSeconds !== undefined && { MaxSessionDuration: sessionSeconds }),
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: 'sluice', PolicyDocument }],
    },
  };
  Outputs[`${id}RoleArn`] = { Description: about, Value: { 'Fn::GetAtt': [id, 'Arn'] } };
}
