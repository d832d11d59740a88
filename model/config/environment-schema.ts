import { z } from 'zod';
import { approval } from './approval-schema';
import {
  argv,
  duration,
  ecsName,
  flag,
  mapping,
  matching,
  named,
  oneOf,
  region,
  sluiceName,
  variables,
  wholeNumber,
} from './fields';
import { freeze } from './freeze-schema';
import { DURATION, parseDuration } from './units';

const HEALTH_KINDS = ['http', 'command', 'digest'] as const;
const LONGEST_SOAK_MS = 30 * 86_400_000;
const URL_EXPECTED = 'an http or https URL without user and password, such as http://localhost:8080/version';

const health = mapping({
  http: matching(/^https?:\/\/\S{1,2000}$/, URL_EXPECTED)
    .refine((given) => isPlainUrl(given), { error: URL_EXPECTED, params: { expectation: true } })
    .optional()
    .describe('Asks the service itself: its answer must name the commit.'),
  'commit-at': matching(/^[^.\s]+(?:\.[^.\s]+)*$/, 'a dotted path into the JSON answer, such as build.commit')
    .optional()
    .describe('Where in the JSON answer of `http` the full commit stands; default: anywhere in the body.'),
  command: argv()
    .optional()
    .describe('Runs this on the worker: exit code 0 is healthy. It sees SLUICE_COMMIT and SLUICE_SERVICE.'),
  digest: z
    .literal(true, { error: 'true' })
    .optional()
    .describe('Where nothing can be asked: every running task carries the new digest.'),
  times: wholeNumber(1, 100).default(3).describe('Good answers in a row that are asked for.'),
  every: duration({ default: '2s' }).describe('Pause between two questions.'),
  within: duration({ default: '5m' }).describe('Until the good answers were seen.'),
  timeout: duration({ default: '5s' }).describe('For one request or one run of the command.'),
})
  .meta({ oneOf: HEALTH_KINDS.map((kind) => ({ required: [kind] })) })
  .superRefine((given, context) => {
    const say = (message: string, path: string[] = []): void => context.addIssue({ code: 'custom', message, path });
    const kinds = HEALTH_KINDS.filter((kind) => given[kind] !== undefined);
    if (kinds.length === 0) say('`health` asks nothing; add `http: <URL>`, `command: [program, …]` or `digest: true`');
    if (kinds.length > 1) say(`\`health\` asks in ${kinds.length} ways; keep one of ${kinds.join(', ')}`);
    if (given['commit-at'] !== undefined && given.http === undefined)
      say('`commit-at` belongs to `http`; remove it', ['commit-at']);
    if ((given.times - 1) * given.every >= given.within) {
      say('`within` is too short: that many answers (`times`) that far apart (`every`) do not fit into it', ['within']);
    }
  });

function isPlainUrl(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { username, password } = new URL(given);
  return username === '' && password === '';
}

const service = mapping({
  container: ecsName('the name of a container')
    .optional()
    .describe('Container whose image is replaced; default: the name of the service.'),
  environment: variables({ placeholders: true })
    .default({})
    .describe('Environment variables to set in that container; others are left alone.'),
  from: oneOf(['live', 'family-latest'])
    .default('live')
    .describe('The task definition that is copied: what runs, or the newest revision of its family.'),
  health: health.describe('How the service proves that it runs the new commit.'),
  'stable-within': duration({ default: '15m' }).describe('How long ECS may take until the deployment succeeded.'),
  'fail-after-stops': wholeNumber(1, 100)
    .default(3)
    .describe('Exits or failed health checks of new tasks that are certain failure.'),
  'allow-zero-tasks': flag()
    .default(false)
    .describe('Release also to a service that wants no tasks, and so proves nothing.'),
});

export const environmentSchema = mapping({
  region: region().describe('AWS region.'),
  cluster: ecsName('the name of an ECS cluster').describe('ECS cluster.'),
  services: named(ecsName('the name of an ECS service'), service, 'services').describe(
    'ECS services by name, updated in this order and returned in reverse.',
  ),
  approval: approval.optional().describe('People who must agree first; without it nobody is asked.'),
  queue: oneOf(['queue', 'latest', 'reject'])
    .optional()
    .describe(
      'Who waits when others do: all in order (queue, the default), none that is older than another (latest), nobody (reject).',
    ),
  freeze: freeze.optional().describe('When nothing goes forward here; a rollback does all the same.'),
  soak: soak().optional().describe('How long the environment before this one must have run the commit first.'),
});

function soak() {
  return matching(DURATION, 'a duration with a unit (ms, s, m, h or d), such as 30m, 2h or 1d')
    .refine((given) => (parseDuration(given) ?? 0) <= LONGEST_SOAK_MS, {
      error: 'at most 30 days',
      params: { expectation: true },
    })
    .transform((given) => parseDuration(given) ?? 0);
}

export const environmentName = sluiceName('an environment name');

export type EnvironmentInFile = z.output<typeof environmentSchema>;
export type ServiceInFile = z.output<typeof service>;
export type HealthInFile = z.output<typeof health>;
