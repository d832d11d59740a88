import { z } from 'zod';
import { environmentName, environmentSchema } from '../config/environment-schema';
import { branchName, ecrRepository, flag, mapping, matching, named, oneOf, region, sluiceName } from '../config/fields';
import { gateName } from '../config/gate-schema';
import { secretName } from '../gates/secret-name';
import { secretKey } from '../gates/secrets';
import { toolsKey } from '../gates/tools';
import { kindsWith, REQUIRED_KEYS, SCANNERS, strangeKeys } from '../gates/kinds';
import { NEVER_DEPLOY } from './trigger';

/** Those whose token names a branch that only its writers can change. Source: GitHub, events that trigger workflows. */
const EVENTS = ['push', 'workflow_dispatch', 'repository_dispatch', 'schedule'];

const REPOSITORY_EXPECTED =
  'where workers fetch the repository: an https:, ssh: or file: URL without password, or an absolute path';
const WORKFLOW = /^(?:[\w.-]+\/[\w.-]+\/)?\.github\/workflows\/[\w.-]+\.ya?ml$/;
const PINNED_WORKFLOW =
  /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml@(?:[0-9a-f]{40}|refs\/(?:heads|tags)\/[^\s@]{1,200})$/;
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

/** A public key of Ed25519 in DER (RFC 8410), in base64: 12 bytes that are always the same, and 32 of its own. */
const GATEWAY_KEY = /^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/;
const GATEWAY_KEY_EXPECTED =
  'a list of public Ed25519 keys in base64, each the middle line of what `openssl pkey -in KEY -pubout` prints';

function repository() {
  return matching(/^(?:https:\/\/|ssh:\/\/|file:\/\/\/|\/)[^\s]{1,2000}$/, REPOSITORY_EXPECTED).refine(
    (given) => given.startsWith('/') || (URL.canParse(given) && isWithoutSecret(new URL(given))),
    { error: REPOSITORY_EXPECTED, params: { expectation: true } },
  );
}

function isWithoutSecret({ protocol, username, password }: URL): boolean {
  return password === '' && (protocol !== 'https:' || username === '');
}

/** GitHub's number of a repository or an owner; text is taken too, since that is what its tokens carry. */
function githubId(of: string, command: string) {
  const expected = `GitHub's number of the ${of}, such as 123456789 (\`${command}\` tells it)`;
  return z.union(
    [
      z.number({ error: expected }).int(expected).positive(expected).transform(String),
      matching(/^[1-9]\d{0,18}$/, expected),
    ],
    { error: expected },
  );
}

function roleArn() {
  return matching(ROLE, 'the ARN of an IAM role, such as arn:aws:iam::123456789012:role/deployer');
}

const event = z
  .string({ error: `one of ${EVENTS.join(', ')}` })
  .meta({ enum: EVENTS })
  .superRefine((given, context) => {
    if (EVENTS.includes(given)) return;
    const reason = Object.hasOwn(NEVER_DEPLOY, given) ? NEVER_DEPLOY[given] : undefined;
    const message =
      reason === undefined
        ? `the event \`${given.slice(0, 80)}\` cannot deploy; expected one of ${EVENTS.join(', ')}`
        : `the event \`${given}\` can never deploy: ${reason}; remove it`;
    context.addIssue({ code: 'custom', message });
  });

const requiredGate = mapping({
  kind: oneOf(['run', ...SCANNERS])
    .default('run')
    .describe('`run` for a gate with a command line, else what it `uses`.'),
  ...REQUIRED_KEYS,
}).superRefine((given, context) => {
  for (const key of strangeKeys(given, given.kind, 'required')) {
    const message = `\`${key}\` belongs to gates of kind ${kindsWith(key).join(' or ')}; remove it`;
    context.addIssue({ code: 'custom', message, path: [key] });
  }
});

const image = mapping({
  repository: ecrRepository().describe('ECR repository that images of this project go to, and come from.'),
  region: region().optional().describe('Region of the ECR repository; default: the region of the first environment.'),
  account: matching(/^\d{12}$/, 'the 12 digits of an AWS account, in quotes')
    .optional()
    .describe('Account of the ECR repository; default: that of `role`, else that of whoever asks.'),
  role: roleArn().optional().describe("Role that images are pushed with; default: the worker's own identity."),
});

const environment = mapping({
  ...environmentSchema.shape,
  'github-environment': matching(/^\S(?:.{0,253}\S)?$/, 'the name of a GitHub environment')
    .optional()
    .describe('GitHub environment that the job must name; default: any or none.'),
  role: roleArn()
    .optional()
    .describe("Role that the deployer assumes for this environment; default: the worker's own identity."),
  'allow-admin': flag()
    .default(false)
    .describe('Release also with an identity that carries AdministratorAccess or PowerUserAccess.'),
});

const project = mapping({
  repository: repository().describe('Where workers fetch the repository; a request for another one is refused.'),
  'repository-id': githubId('repository', 'gh api repos/OWNER/NAME --jq .id').describe(
    "GitHub's number of the repository: names can be given to others, numbers cannot.",
  ),
  'repository-owner-id': githubId('owner', 'gh api repos/OWNER/NAME --jq .owner.id').describe(
    "GitHub's number of the repository's owner.",
  ),
  branch: branchName().default('main').describe('The branch that alone may deploy.'),
  events: z
    .array(event, { error: `a list of events, of ${EVENTS.join(', ')}` })
    .min(1, `a list of events, of ${EVENTS.join(', ')}`)
    .default(['push', 'workflow_dispatch'])
    .describe('Events of GitHub that may deploy.'),
  workflow: z
    .union([matching(WORKFLOW, ''), matching(PINNED_WORKFLOW, '')], {
      error:
        'a workflow such as .github/workflows/release.yml, or a reusable one such as owner/name/.github/workflows/release.yml or the same with @ and a full commit',
    })
    .describe('The workflow that may deploy: a file of this repository, or a reusable one of another.'),
  runners: oneOf(['github-hosted', 'any'])
    .default('github-hosted')
    .describe('Runners that the deploying job may run on.'),
  'required-gates': z
    .record(gateName, requiredGate, { error: 'a mapping from names to gates' })
    .default({})
    .describe('Gates that release.yml must have, by name; it may have more.'),
  secrets: z
    .record(secretName(), secretKey, { error: 'a mapping from names of secrets to their rules' })
    .optional()
    .describe('Secrets that gates of this project may name.'),
  image: image.describe('Where images of this project go, and alone may come from.'),
  environments: named(environmentName, environment, 'environments').describe(
    'Where the project is released to, in this order; release.yml has no say in it.',
  ),
});

/** `policy.yml` as people write it. */
export const policyFileSchema = mapping({
  'gateway-keys': z
    .array(matching(GATEWAY_KEY, GATEWAY_KEY_EXPECTED), { error: GATEWAY_KEY_EXPECTED })
    .min(1, GATEWAY_KEY_EXPECTED)
    .max(10, 'at most 10 keys')
    .optional()
    .describe('Public keys of the gateways whose signed decisions are believed; default: none.'),
  projects: named(sluiceName('the name of a project'), project, 'projects').describe(
    'Projects by the name that their release.yml carries.',
  ),
  tools: toolsKey.optional().describe('Programs that gates start, and the settings that these take from nobody else.'),
});

export type PolicyFile = z.output<typeof policyFileSchema>;
export type ProjectInFile = z.output<typeof project>;
