import type { WorkflowHandle } from '@temporalio/client';
import { startRelease } from '../../client/start-release';
import { NOTHING_BETWEEN } from '../../model/approval/between';
import type { ReleaseRequest } from '../../model/plan';
import { anotherCommit, freshRequest, outcomeOf, statusOf } from '../helpers/releases';
import { environmentSpec, plan } from '../helpers/requests';
import { replayAll } from '../helpers/temporal';
import { waitFor } from '../helpers/wait-for';
import { workflowBench } from '../helpers/workflow-bench';

const bench = workflowBench();

/** A repository with one line of history, and an account that runs whatever was released last. */
function history(commits: readonly string[], minimum = 1): void {
  const isNewer = (commit: string, running: string): boolean => commits.indexOf(running) > commits.indexOf(commit);
  let runs: string | undefined;
  const arnOf = (commit: string): string => `arn:td/shop:${commits.indexOf(commit) + 1}`;
  bench.world.on({
    admit: async ({ commit, project }) =>
      plan({ commit, project, environments: [environmentSpec({ approval: { minimum, expiresMs: 86_400_000 } })] }),
    captureBaseline: async ({ target }) => ({
      kind: 'baseline',
      baseline: {
        service: target.service.service,
        taskDefinitionArn: runs === undefined ? 'arn:td/shop:0' : arnOf(runs),
        digests: {},
        desiredCount: 2,
        ...(runs !== undefined && { commit: runs }),
      },
    }),
    registerRevision: async ({ permit }) => ({ taskDefinitionArn: arnOf(permit.commit), registered: true }),
    updateService: async ({ target, taskDefinitionArn, permit }) => {
      runs = permit.commit;
      return { service: target.service.service, taskDefinitionArn, deploymentId: 'ecs-svc/1' };
    },
    previewRevision: async ({ baseline }) => ({ fingerprint: `on ${baseline.taskDefinitionArn}`, changes: [] }),
    compareCommits: async ({ commit, running }) => ({ newer: isNewer(commit, running) }),
    changesBetween: async ({ commit, running }) => {
      const newer = running.find((one) => isNewer(commit, one));
      return { ...NOTHING_BETWEEN, ...(newer !== undefined && { newer }) };
    },
  });
}

/** As clients do: an environment finds those who wait by their search attributes. */
async function release(request: ReleaseRequest): Promise<WorkflowHandle> {
  const { workflowId, runId } = await startRelease(bench.server.client, request);
  return bench.server.client.workflow.getHandle(workflowId, runId);
}

const waits = (handle: WorkflowHandle): Promise<unknown> =>
  waitFor('it to wait for approval', async () => (await statusOf(handle)).waitingForApproval);

/** Until the server's own list has them, which lags behind. */
const listed = (project: string, count: number): Promise<unknown> =>
  waitFor('those who wait to be listed', async () => {
    const query = `SluiceProject = '${project}' AND SluicePhase = 'approval' AND ExecutionStatus = 'Running' AND SluiceEnvironments = 'production'`;
    return (await bench.server.client.workflow.count(query)).count === count;
  });

it('Monday’s commit cannot be approved on Wednesday, after Tuesday’s was released; nor any older one that waits', async () => {
  const sunday = freshRequest();
  const monday = anotherCommit(sunday);
  const tuesday = anotherCommit(sunday);
  history([sunday.commit, monday.commit, tuesday.commit]);
  const older = [await release(sunday), await release(monday)];
  const newer = await release(tuesday);
  for (const handle of [...older, newer]) await waits(handle);
  await listed(sunday.project, 3);

  await newer.executeUpdate('approve', { args: [{ by: 'ann' }] });
  expect((await outcomeOf(newer)).outcome).toBe('released');

  for (const [index, handle] of older.entries()) {
    const own = [sunday, monday][index]!.commit.slice(0, 12);
    expect(await outcomeOf(handle)).toMatchObject({
      outcome: 'superseded',
      cause: `${tuesday.commit.slice(0, 12)}, which descends from ${own}, was released to production (${newer.workflowId})`,
    });
    await expect(handle.executeUpdate('approve', { args: [{ by: 'ann' }] })).rejects.toThrow();
  }
  expect(bench.world.count('updateService')).toBe(1);
});

it('Wednesday’s commit is asked about again when Tuesday’s is released, since it would change something else now', async () => {
  const tuesday = freshRequest();
  const wednesday = anotherCommit(tuesday);
  history([tuesday.commit, wednesday.commit], 2);
  const [older, newer] = [await release(tuesday), await release(wednesday)];
  for (const handle of [older, newer]) await waits(handle);
  await listed(tuesday.project, 2);
  // Said about what would change then.
  const first = (await statusOf(newer)).waitingForApproval?.requestId;
  await newer.executeUpdate('approve', { args: [{ by: 'ann' }] });
  for (const by of ['ann', 'bob']) await older.executeUpdate('approve', { args: [{ by }] });
  expect((await outcomeOf(older)).outcome).toBe('released');
  const asked = await waitFor('Wednesday’s to be asked about again', async () => {
    const { waitingForApproval } = await statusOf(newer);
    return waitingForApproval?.again !== undefined && waitingForApproval;
  });
  expect(asked).toMatchObject({
    again: 1,
    approvedBy: [],
    decisions: [],
    picture: { runs: [expect.stringContaining(tuesday.commit.slice(0, 12))] },
  });
  expect(asked.requestId).not.toBe(first);
  await newer.executeUpdate('approve', { args: [{ by: 'ann' }] });
  await newer.executeUpdate('approve', { args: [{ by: 'bob' }] });
  expect((await outcomeOf(newer)).outcome).toBe('released');
  // Approved once more, and not given up at the turn.
  expect((await statusOf(newer)).phases.filter(({ phase }) => phase === 'approval')).toHaveLength(1);
});

it('Monday’s commit, triggered on Wednesday, is not even asked about', async () => {
  const monday = freshRequest();
  const tuesday = anotherCommit(monday);
  history([monday.commit, tuesday.commit]);
  const newer = await release(tuesday);
  await waits(newer);
  await newer.executeUpdate('approve', { args: [{ by: 'ann' }] });
  await outcomeOf(newer);
  expect(await outcomeOf(await release(monday))).toMatchObject({
    outcome: 'superseded',
    cause: expect.stringContaining(`production already runs ${tuesday.commit.slice(0, 12)}`) as string,
  });
});

it('every history of this file replays', async () => {
  await replayAll(bench.server.client);
});
