import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { EcsActivities } from '../../activities/ecs/activities';
import { parseReleaseConfig } from '../../model/config/parse';
import { deploymentId } from '../../model/ids';
import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import type { DeploymentOutcome, DeploymentRequest, ReleaseStatus } from '../../model/messages';
import type { EnvironmentSpec } from '../../model/plan';
import { TASK_QUEUES } from '../../model/queues';
import type { BaselineAnswer } from '../../model/target';
import { permitOf, targetsOf } from '../../workflows/targets';
import { activityEnvironment } from '../helpers/activity-environment';
import { waitFor } from '../helpers/wait-for';
import { CLUSTER, PROGRAM } from './stage/account';
import { policyFor } from './stage/policy';
import type { Project, ProjectOptions } from './stage/project';
import { releaseFile } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

/** A released project, and what whoever lies knows of it. */
interface Scene {
  project: Project;
  /** What an honest deployment of the released commit would say. */
  honest: DeploymentRequest;
}

async function openScene(stage: Stage, name: string, options: ProjectOptions = {}): Promise<Scene> {
  const project = await stage.project(name, options);
  const {
    outcome,
    cause,
    digest = '',
  } = await outcomeOf(stage.releases, await stage.releases.start(project.request(project.first)));
  expect(`${outcome}: ${cause}`).toMatch(/^released/);
  const honest: DeploymentRequest = {
    requestId: 'forged/production',
    releaseId: `release:${name}:forged`,
    project: name,
    repository: project.path,
    commit: project.first,
    actor: 'eve',
    planHash: 'forged',
    environment: environmentIn(releaseFile(name, options)),
    imageReference: `${new URL(stage.account.endpoint).host}/${name}@${digest}`,
    imageDigest: digest,
  };
  return { project, honest };
}

function environmentIn(releaseYml: string): EnvironmentSpec {
  const parsed = parseReleaseConfig(releaseYml, 'release.yml');
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.config.environments[0]!;
}

/** Past client, gateway and admit, straight at the deployer: what a lying orchestrator would start. */
async function forge({ client }: Stage, request: DeploymentRequest): Promise<DeploymentOutcome> {
  const handle = await client.workflow.start('deployment', {
    workflowId: deploymentId(request.project, request.environment.name),
    taskQueue: TASK_QUEUES.orchestrator,
    args: [request],
  });
  try {
    return (await handle.result()) as DeploymentOutcome;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    return error.cause.details?.[0] as DeploymentOutcome;
  }
}

/** Refused with this sentence, and nothing but reads in the record of calls. */
async function expectRefused(stage: Stage, request: DeploymentRequest, sentence: RegExp): Promise<void> {
  const before = stage.account.writes();
  const { outcome, cause } = await forge(stage, request);
  expect(`${outcome}: ${cause}`).toMatch(/^refused: /);
  expect(cause).toMatch(sentence);
  expect(stage.account.writes()).toEqual(before);
}

/** A commit that nobody merged, on a branch of its own. */
async function unmerged({ project }: Scene): Promise<string> {
  await project.git('switch', '--quiet', '--create', 'feature');
  const commit = await project.commit({ 'main.mjs': `${PROGRAM}// not merged\n` });
  await project.git('switch', '--quiet', 'main');
  return commit;
}

/** A commit on `main` whose release.yml is another, and after it one that puts things right. */
async function weakened({ project }: Scene, weaker: string): Promise<string> {
  const own = await project.git('show', 'main:release.yml');
  const commit = await project.commit({ 'release.yml': weaker });
  await project.commit({ 'release.yml': `${own}\n` });
  return commit;
}

const EASIER = (yaml: string): string =>
  yaml.replace('stable-within: 2m', 'stable-within: 1d\n        fail-after-stops: 100');

describe.each<[string, { policy: boolean }]>([
  ['by a policy', { policy: true }],
  ['by release.yml on the allowed branch', { policy: false }],
])('the deployer, %s, when everybody else was told to let it through', (_, { policy }) => {
  let stage: Stage;
  let shop: Scene;
  beforeAll(async () => {
    stage = await openStage(policy ? { policy: (repositories) => policyFor(repositories, ['shop', 'shed']) } : {});
    shop = await openScene(stage, 'shop');
  });
  afterAll(() => stage.close());

  it('lets the honest one pass', async () => {
    expect(await forge(stage, shop.honest)).toMatchObject({ outcome: 'released' });
  });

  it('refuses a commit of another branch', async () => {
    const commit = await unmerged(shop);
    await expectRefused(
      stage,
      { ...shop.honest, commit },
      new RegExp(`commit ${commit} is not on branch main of .*shop`),
    );
  });

  it('refuses an environment that is weaker by release.yml at the released commit', async () => {
    const weaker = EASIER(releaseFile('shop'));
    const commit = await weakened(shop, weaker);
    const environment = environmentIn(weaker);
    await expectRefused(
      stage,
      { ...shop.honest, commit, environment },
      /says another stableWithinMs for service shop in production/,
    );
  });

  it('refuses the image of another commit, and of another repository', async () => {
    const commit = await shop.project.change('never built');
    await expectRefused(stage, { ...shop.honest, commit }, /has no image with the tag/);
    const imageReference = await stage.account.pushByHand('elsewhere');
    await expectRefused(
      stage,
      { ...shop.honest, imageReference },
      /elsewhere@sha256:\w+ is not of the project's ECR repository/,
    );
    const imageDigest = imageReference.replace(/^.*@/, '');
    await expectRefused(stage, { ...shop.honest, imageReference, imageDigest }, /but ECR says sha256/);
  });

  it('refuses the service of somebody else, and an environment that there is not', async () => {
    const { environment } = shop.honest;
    const services = environment.services.map((service) => ({ ...service, service: 'shed' }));
    await expectRefused(
      stage,
      { ...shop.honest, environment: { ...environment, services } },
      /does not have service shed/,
    );
    await expectRefused(
      stage,
      { ...shop.honest, environment: { ...environment, name: 'staging' } },
      /has no environment staging/,
    );
  });

  it('refuses variables that the environment does not have', async () => {
    const { environment } = shop.honest;
    const services = environment.services.map((service) => ({ ...service, environment: { DEBUG: '1' } }));
    await expectRefused(
      stage,
      { ...shop.honest, environment: { ...environment, services } },
      /says another environment for service shop/,
    );
  });

  it('refuses a revision that somebody else registered, whatever permit comes with it', async () => {
    const { taskDefinition } = (await stage.account.ecs('RegisterTaskDefinition', {
      family: 'shop',
      memory: '256',
      containerDefinitions: [{ name: 'shop', image: await stage.account.pushByHand('planted'), essential: true }],
    })) as { taskDefinition: JsonObject };
    const deployer = stage.activities('deployer') as EcsActivities;
    const [target] = targetsOf(shop.honest.environment, 'shop', 'forged');
    const found: BaselineAnswer = await activityEnvironment().run(() => deployer.captureBaseline({ target: target! }));
    if (found.kind !== 'baseline') throw new Error(`expected a baseline, got ${found.kind}`);
    const before = stage.account.writes();
    const forged: Parameters<EcsActivities['updateService']>[0] = {
      target: target!,
      baseline: found.baseline,
      permit: permitOf(shop.honest),
      release: 'forged',
      taskDefinitionArn: textOf(taskDefinition['taskDefinitionArn']) ?? '',
    };
    await expect(activityEnvironment().run(() => deployer.updateService(forged))).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: expect.stringMatching(/revision shop:\d+ does not carry/) as string,
    });
    expect(stage.account.writes()).toEqual(before);
  });
});

describe('what only a policy can say', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      policy: (repositories) =>
        policyFor(repositories, ['bare', 'gated', 'weak'], { environment: 'approval: { minimum: 2 }' }),
    });
  });
  afterAll(() => stage.close());

  const released = (project: Project, commit: string, more = {}) =>
    stage.releases.start(project.request(commit, more)).then((started) => outcomeOf(stage.releases, started));

  it('refuses a deployment that skips the approval which its owner asks for', async () => {
    const project = await stage.project('bare');
    const honest = { imageReference: 'none@sha256:1', imageDigest: 'sha256:1' };
    const request: DeploymentRequest = {
      ...honest,
      requestId: 'forged/production',
      releaseId: 'release:bare:forged',
      project: 'bare',
      repository: project.path,
      commit: project.first,
      actor: 'eve',
      planHash: 'forged',
      environment: environmentIn(releaseFile('bare')),
    };
    await expectRefused(
      stage,
      request,
      /the policy asks for 2 approval\(s\) in production, and this deployment followed no such rule/,
    );
  });

  it('ends a release `refused` at admit for a repository, a project or a gate that is not as the policy says', async () => {
    const project = await stage.project('gated');
    const elsewhere = await stage.project('elsewhere');
    const causeOf = async (commit: string, more = {}) => {
      const { outcome, cause } = await released(project, commit, more);
      return `${outcome}: ${cause}`;
    };
    expect(await causeOf(project.first, { repository: elsewhere.path })).toMatch(
      /^refused: project gated is released from/,
    );
    expect(await causeOf(project.first, { project: 'unknown' })).toMatch(/^refused: the policy has no project unknown/);
    const renamed = await project.commit({ 'release.yml': releaseFile('gated').replace('tests:', 'other:') });
    expect(await causeOf(renamed)).toMatch(/^refused: release.yml at \w+ has no gate tests, which the policy requires/);
    expect(stage.account.writes()).toEqual([]);
  });

  it('plans by the policy, whatever environments release.yml has, and also where it has none', async () => {
    const project = await stage.project('weak');
    const without = await project.commit({ 'release.yml': releaseFile('weak').replace(/environments:[\s\S]*/, '') });
    const started = await stage.releases.start(project.request(without));
    const handle = stage.client.workflow.getHandle(started.workflowId);
    const waiting = await waitFor('it waits for approval', async () => {
      const { waitingForApproval } = await handle.query<ReleaseStatus>('status');
      return waitingForApproval;
    });
    expect(waiting).toMatchObject({ environment: 'production', minimum: 2 });
    await handle.signal('abort', { by: 'ann@example.com' });
    expect(await outcomeOf(stage.releases, started)).toMatchObject({ outcome: 'aborted' });
    const { services } = await stage.account.ecs('DescribeServices', { cluster: CLUSTER, services: ['weak'] });
    expect(textOf(objectsOf(services)[0]?.['taskDefinition'])).toMatch(/weak:1$/);
  });
});
