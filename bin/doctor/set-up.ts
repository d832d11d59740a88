import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CliDeps } from '../../client/commands/deps';
import { ConfigError } from '../../client/config-error';
import { parseReleaseConfig } from '../../model/config/parse';
import type { ReleaseConfig } from '../../model/config/release-config';
import { imageRegion } from '../../model/make-plan';
import type { Platform } from '../../model/plan';
import type { EnvironmentPolicy, Policy, ProjectPolicy } from '../../model/policy/policy';
import { projectOf } from '../../model/policy/policy';
import { whyGatesFallShort } from '../../model/policy/required-gates';
import { policyOf } from '../policy-option';
import type { Examination } from './examination';
import { Trouble } from './trouble';

const FILE = 'release.yml';

/** What the files say is released to where, and by which roles. */
export interface SetUp {
  project: string;
  image: { repository: string; region: string; platform: Platform; role?: string; account?: string };
  environments: EnvironmentPolicy[];
}

/**
 * Reads release.yml as it stands in the work tree, committed or not, and the policy, if there is one. Undefined where
 * one of them is wrong: nothing is then known of what to look at.
 */
export async function examineFiles(
  { check, skip }: Examination,
  deps: CliDeps,
  { top, policyName }: { top: string; policyName: string | undefined },
): Promise<SetUp | undefined> {
  const config = await check(FILE, async () => {
    const value = await releaseIn(top);
    return { found: `project ${value.project}, ${countOf(value.gates.length, 'gate')}`, value };
  });
  const policy = await check('policy.yml', async () => {
    const value = await policyOf(deps, policyName);
    const found =
      value === undefined
        ? 'none named, so release.yml on the allowed branch says where it goes'
        : countOf(value.projects.length, 'project');
    return { found, value: { policy: value } };
  });
  if (config === undefined || policy === undefined) {
    skip('environments', `because of ${config === undefined ? FILE : 'policy.yml'}`);
    return undefined;
  }
  return check('environments', () => {
    const value = setUpOf(config, policy.policy);
    return Promise.resolve({ found: value.environments.map(({ name }) => name).join(', '), value });
  });
}

async function releaseIn(top: string): Promise<ReleaseConfig> {
  const text = await readFile(path.join(top, FILE), 'utf8').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Trouble(`There is no ${FILE} in ${top}.`, 'Write one, as docs/release-yml.md shows.');
  });
  const parsed = parseReleaseConfig(text, FILE);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed.config;
}

function setUpOf(config: ReleaseConfig, policy: Policy | undefined): SetUp {
  const { project, image } = config;
  const { platform } = image.build;
  if (policy === undefined) {
    const { environments } = config;
    if (environments.length === 0) {
      throw new Trouble(`${FILE} has no environments.`, 'Add them, or name the policy.yml that has them: --policy.');
    }
    const region = imageRegion(image, environments);
    return { project, environments, image: { repository: image.repository, region, platform } };
  }
  const owned = projectOf(policy, project);
  if (owned === undefined) {
    const known = policy.projects.map((one) => one.project).join(', ');
    throw new Trouble(
      `The policy has no project ${project}, only ${known}.`,
      `Correct \`project\` in ${FILE}, or have the project added to the policy.`,
    );
  }
  assertFits(config, owned);
  const { imageRepository: repository, imageRegion: region, imageRole: role, imageAccount: account } = owned;
  return {
    project,
    environments: owned.environments,
    image: {
      repository,
      region,
      platform,
      ...(role !== undefined && { role }),
      ...(account !== undefined && { account }),
    },
  };
}

function assertFits({ gates, image }: ReleaseConfig, owned: ProjectPolicy): void {
  const weakness = whyGatesFallShort(owned.requiredGates, gates);
  if (weakness !== undefined)
    throw new Trouble(`${FILE} ${weakness}.`, `Give ${FILE} the gates that the policy asks for.`);
  if (image.repository === owned.imageRepository) return;
  throw new Trouble(
    `${FILE} names the image repository ${image.repository}, and the policy ${owned.imageRepository}.`,
    `Make \`image.repository\` in ${FILE} and the policy agree.`,
  );
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
