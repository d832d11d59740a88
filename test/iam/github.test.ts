import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { compare } from '../../model/iam/compare';
import type { Template } from '../../model/iam/cloudformation';
import { grantsOf } from '../../model/iam/grants';
import { readTrail } from '../../model/iam/trail';
import type { Issuer } from '../local/iam/issuer';
import { GITHUB, openIssuer } from '../local/iam/issuer';
import type { Account } from './stage/account';
import { ACCOUNT, REGION, REPOSITORY } from './stage/files';
import { githubRoleOf, printedForGithub } from './stage/printed';
import type { Project } from './stage/project';
import { play, SCENARIOS } from './stage/scenarios';
import type { Scenario } from './stage/scenarios';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

const NAME = 'shop';
const ROLE = `sluice-${NAME}-github`;
const RELEASE = `${NAME}.release.yml`;
/** One after the other, since a project has but one service: what the first one released, the others return to. */
const IN_ORDER: Scenario[] = ['released', 'stopped', 'returned', 'indexed'];

let issuer: Issuer;
let stage: Stage;
let project: Project;

/** The keys that configure-aws-credentials leaves in the environment of a job on main. */
async function credentialsOfJob(account: Account, directory: string): Promise<Record<string, string>> {
  const { roles } = await githubRoleOf(directory, RELEASE);
  roles.forEach((role) => account.putRole(role));
  const { owner, name, id, ownerId } = REPOSITORY;
  const token = issuer.token({
    aud: 'sts.amazonaws.com',
    sub: `repo:${owner}/${name}:ref:refs/heads/main`,
    ref: 'refs/heads/main',
    repository_id: id,
    repository_owner_id: ownerId,
  });
  const sts = new STSClient({ endpoint: account.env['AWS_ENDPOINT_URL'] ?? '', region: REGION });
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${ROLE}`;
  const asked = { RoleArn, RoleSessionName: 'GitHubActions', WebIdentityToken: token };
  const { Credentials: keys } = await sts.send(new AssumeRoleWithWebIdentityCommand(asked));
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: keys?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: keys?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: keys?.SessionToken ?? '',
  };
}

beforeAll(async () => {
  issuer = await openIssuer();
  const providers = [{ url: GITHUB, audiences: ['sts.amazonaws.com'], playedBy: issuer.url }];
  stage = await openStage({ projects: [NAME], policy: false, providers, credentials: credentialsOfJob });
  project = await stage.project(NAME);
});
afterAll(async () => {
  await stage.close();
  await issuer.close();
});

describe('a job of GitHub Actions with exactly the printed role', () => {
  it.each(IN_ORDER)('releases: %s', async (scenario) => {
    expect(await play(project, scenario)).toMatchObject(SCENARIOS[scenario].ends);
  });

  it('uses all that is granted, and nothing else', async () => {
    const printed = await printedForGithub(stage.directory, RELEASE);
    const calls = stage.account.callsOf(ROLE).map((call) => JSON.stringify(call));
    const { notGranted, unused } = compare(grantsOf(printed as unknown as Template), readTrail(calls.join('\n')));
    expect({ notGranted, unused }).toEqual({ notGranted: [], unused: [] });
    expect(calls.length).toBeGreaterThan(50);
  });
});
