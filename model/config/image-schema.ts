import { z } from 'zod';
import {
  absoluteFolder,
  argv,
  duration,
  ecrRepository,
  globs,
  mapping,
  matching,
  oneOf,
  pathInside,
  region,
  text,
  variables,
} from './fields';

const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;
const DOCKERFILE_BUILDERS = ['docker', 'buildah'] as const;

const common = {
  repository: ecrRepository().describe('Name of the ECR repository. The tag is always the full commit.'),
  region: region().optional().describe('Region of the ECR repository; default: the region of the first environment.'),
  platform: oneOf(PLATFORMS).default('linux/amd64').describe('What the tasks run on.'),
  timeout: duration({ default: '15m' }).describe('For building and pushing.'),
};

const pack = mapping({
  builder: z
    .literal('pack')
    .describe('Packed and pushed by Sluice itself: no Dockerfile, no daemon, the same digest every time.'),
  ...common,
  base: matching(
    /^[a-z0-9][a-z0-9._/-]{0,254}[:@][A-Za-z0-9._:-]{1,128}$/,
    'an image of the same registry by tag or digest, such as node-base:20',
  )
    .refine((base) => !base.endsWith(':latest'), {
      error: 'tag `latest` is another image every day; name a version or a digest, such as node-base:20',
    })
    .exactOptional()
    .describe('Image of the same registry to put the files on; without it the image holds nothing but the files.'),
  files: globs().min(1, 'at least one glob').describe('Globs of the files of the commit that go into the image.'),
  exclude: globs().default([]).describe('Globs of files that stay out all the same.'),
  workdir: absoluteFolder()
    .default('/app')
    .describe('Folder in the image that holds the files; also the working directory.'),
  command: argv().describe('What a container runs.'),
  environment: variables({ placeholders: true })
    .default({})
    .describe('Environment variables of the image; `${commit}` is the full commit.'),
  user: matching(
    /^[a-z0-9_][a-z0-9_-]{0,31}(?::[a-z0-9_][a-z0-9_-]{0,31})?$/,
    'a user, or user:group, by name or number in quotes',
  )
    .exactOptional()
    .describe('User that the command runs as, by name or number; default: that of the base.'),
});

const dockerfile = mapping({
  builder: oneOf(DOCKERFILE_BUILDERS).describe('Builds a Dockerfile with this program, which must be on the worker.'),
  ...common,
  context: pathInside().default('.').describe('Folder of the checkout that is the build context.'),
  dockerfile: pathInside().default('Dockerfile').describe('Path of the Dockerfile, relative to the checkout.'),
  target: text('a stage of the Dockerfile')
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a stage of the Dockerfile')
    .exactOptional()
    .describe('Stage to build; default: the last.'),
  arguments: variables({ placeholders: true })
    .default({})
    .describe('Build arguments; `${commit}` is the full commit. Never secrets.'),
});

const BUILDERS = `one of ${['pack', ...DOCKERFILE_BUILDERS].join(', ')}`;

export const imageSchema = z.discriminatedUnion('builder', [pack, dockerfile], {
  error: ({ input }) =>
    z.looseObject({}).safeParse(input).success ? BUILDERS : `a mapping with \`builder\` ${BUILDERS}`,
});

export type ImageInFile = z.output<typeof imageSchema>;
