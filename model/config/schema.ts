import type { z } from 'zod';
import { environmentName, environmentSchema } from './environment-schema';
import { branchName, mapping, named, oneOf, sluiceName } from './fields';
import { gateName, gateSchema } from './gate-schema';
import { imageSchema } from './image-schema';

/** `release.yml` as people write it. */
export const releaseFileSchema = mapping({
  project: sluiceName('the name of the project').describe('Name of the project; goes into workflow ids.'),
  branch: branchName().default('main').describe('The branch that alone may deploy.'),
  gates: named(gateName, gateSchema, 'gates').describe('Quality gates by name; independent ones run at once.'),
  'on-gate-failure': oneOf(['stop', 'run-all'])
    .default('stop')
    .describe('Whether the first gate that fails stops the others at once, or all run to their end.'),
  image: imageSchema.describe('How the image is built; once for each commit.'),
  environments: named(environmentName, environmentSchema, 'environments')
    .optional()
    .describe(
      'Where the image goes, in this order. May be left out where the workers have a policy.yml, which says it.',
    ),
});

export type ReleaseFile = z.output<typeof releaseFileSchema>;
