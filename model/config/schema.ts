import type { z } from 'zod';
import { environmentName, environmentSchema } from './environment-schema';
import { mapping, matching, named, sluiceName } from './fields';
import { gateName, gateSchema } from './gate-schema';
import { imageSchema } from './image-schema';

/** The part of git-check-ref-format(1) that keeps a branch name from being an option, a range or a path of its own. */
const BRANCH = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))(?!.*(?:\/|\.|\.lock)$)[^\s~^:?*[\\\0]{1,200}$/;

/** `release.yml` as people write it. */
export const releaseFileSchema = mapping({
  project: sluiceName('the name of the project').describe('Name of the project; goes into workflow ids.'),
  branch: matching(BRANCH, 'the name of a branch, such as main')
    .default('main')
    .describe('The branch that alone may deploy.'),
  gates: named(gateName, gateSchema, 'gates').describe('Quality gates by name; independent ones run at once.'),
  image: imageSchema.describe('How the image is built; once for each commit.'),
  environments: named(environmentName, environmentSchema, 'environments').describe(
    'Where the image goes, in this order.',
  ),
});

export type ReleaseFile = z.output<typeof releaseFileSchema>;
