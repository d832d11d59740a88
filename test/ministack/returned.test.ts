import { shortCommit } from '../../model/commit';
import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import { REVISION_TAGS } from '../../model/revision-tags';
import type { ReleaseOutcome } from '../../model/outcome';
import { freePorts } from '../../local/temporal/ports';
import { waitFor } from '../helpers/wait-for';
import { CRASH } from './stage/program';
import type { Project } from './stage/project';
import type { Stage } from './stage/stage';
import { openStage } from './stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 400_000);
afterAll(() => stage.close(), 60_000);

describe('a commit that crashes when it runs', () => {
  let project: Project;
  let port = 0;
  let good = '';
  let broken = '';
  const answer = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`)).json();

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    project = await stage.project('shop', { port });
    good = await project.commit();
    expect(await stage.release(project.request(good))).toMatchObject({ outcome: 'released' });
    broken = await project.commit('crashes');
  });

  it('ends `rolled-back`, with its exit code and its last words, and the commit before it answers again', async () => {
    const end = await stage.release(project.request(broken));
    expect(end.outcome).toBe('rolled-back');
    expect(end.cause).toContain(`exit code ${CRASH.exitCode}`);
    expect(end.cause).toContain(CRASH.output);
    expect(end.cause).toContain(`shop runs ${shortCommit(good)}`);
    expect(await answer()).toEqual({ commit: good });
    expect(stage.account.calls('ecs:UpdateService', 'shop')).toHaveLength(2); // ECS took it back by itself
  });

  it('is tried anew when it is released again, and not judged by the deployment that failed before', async () => {
    const { deployments } = await stage.account.service('shop');
    const failedBefore = objectsOf(deployments).filter(({ rolloutState }) => rolloutState === 'FAILED');
    expect(failedBefore).toHaveLength(1); // deviation `failed-stays`
    const end = await stage.release(project.request(broken));
    expect(end.outcome).toBe('rolled-back');
    expect(stage.account.calls('ecs:UpdateService', 'shop')).toHaveLength(3);
    expect(await answer()).toEqual({ commit: good });
  });

  it('does not stand in the way of the next one', async () => {
    const next = await project.commit();
    expect(await stage.release(project.request(next))).toMatchObject({ outcome: 'released' });
    expect(await answer()).toEqual({ commit: next });
  });
});

describe('a release that is aborted while ECS rolls, where nothing can stop a rollout but another one', () => {
  let project: Project;

  beforeAll(async () => {
    // Neither ECS nor Sluice gives this rollout up before somebody does.
    const patient = { enable: true, rollback: true, thresholdConfiguration: { type: 'COUNT', value: 10_000 } };
    const deploymentConfiguration = { deploymentCircuitBreaker: patient };
    project = await stage.project('till', { failAfterStops: 100, deploymentConfiguration });
  });

  const revision = async (): Promise<string> => textOf((await stage.account.service('till'))['taskDefinition']) ?? '';

  const runs = async (): Promise<unknown[]> => {
    const tasks = await stage.account.tasks('till');
    return tasks.flatMap(({ containers }) => objectsOf(containers).map(({ imageDigest }) => imageDigest));
  };

  /** Releases a commit that never gets anywhere, and aborts that once its tasks fail. */
  async function abortInRollout(meanwhile?: () => Promise<unknown>): Promise<ReleaseOutcome> {
    const failed = async () => (await stage.account.tasks('till', 'STOPPED')).length;
    const before = await failed();
    const started = await stage.releases.start(project.request(await project.commit('restless')));
    await waitFor('new tasks that fail', async () => (await failed()) > before);
    await meanwhile?.();
    await stage.releases.abort(started, { by: 'ben@example.com', reason: 'wrong commit' });
    return stage.outcomeOf(started);
  }

  async function tagsOf(taskDefinition: string): Promise<JsonObject> {
    const { tags } = await stage.account.call.ecs('DescribeTaskDefinition', { taskDefinition, include: ['TAGS'] });
    return Object.fromEntries(objectsOf(tags).map(({ key, value }) => [textOf(key ?? null) ?? '', value ?? null]));
  }

  it('is updated to its baseline, pinned to the digest that its tag had', async () => {
    const [before, digests] = [await revision(), await runs()];
    const end = await abortInRollout();
    expect(end.outcome).toBe('rolled-back');
    expect(end.cause).toMatch(/^aborted by ben@example.com: wrong commit\. till runs till:1 again and is healthy/);
    expect(await tagsOf(await revision())).toMatchObject({ [REVISION_TAGS.pinned]: before });
    expect(await runs()).toEqual(digests);
    expect(stage.account.calls('ecs:UpdateService', 'till')).toHaveLength(2);
  });

  it('is updated to a copy of its baseline where somebody deregistered that', async () => {
    const released = await stage.release(project.request(await project.commit()));
    expect(released.outcome).toBe('released');
    const taskDefinition = await revision();
    const end = await abortInRollout(() => stage.account.call.ecs('DeregisterTaskDefinition', { taskDefinition }));
    expect(end.outcome).toBe('rolled-back');
    expect(await tagsOf(await revision())).toMatchObject({ [REVISION_TAGS.pinned]: taskDefinition });
    expect(await runs()).toEqual([released.digest]);
  });

  it('leaves a service that the next release goes to', async () => {
    const next = await stage.release(project.request(await project.commit()));
    expect(next.outcome).toBe('released');
    expect(await runs()).toEqual([next.digest]);
  });
});
