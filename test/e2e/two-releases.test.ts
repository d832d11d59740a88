import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import { CLUSTER } from './stage/account';
import type { Stage } from './stage/stage';
import { openStage, outcomeOf } from './stage/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

it('two releases of one environment started together deploy one after the other', async () => {
  const { releases, account } = stage;
  const project = await stage.project('together');
  const second = await project.change('another image');
  // Either may come first, and the older one would otherwise stay away if it came second.
  const allowOlder = 'either order will do';
  const started = await Promise.all(
    [project.first, second].map((commit) => releases.start(project.request(commit, { allowOlder }))),
  );
  const outcomes = await Promise.all(started.map((one) => outcomeOf(releases, one)));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['released', 'released']);

  const [byHand, ...ours] = await serviceDeployments(project.name);
  expect(ours.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
  const updates = account.calls('UpdateService', project.name).map(({ time }) => Date.parse(time));
  expect(updates).toHaveLength(2);
  updates.forEach((updated, index) => {
    const before = [byHand, ...ours][index];
    expect(updated).toBeGreaterThanOrEqual(before?.finishedAt ?? Infinity);
  });
});

interface Deployment {
  status: string | undefined;
  createdAt: number;
  /** Epoch milliseconds. */
  finishedAt: number;
}

/** Oldest first. */
async function serviceDeployments(service: string): Promise<Deployment[]> {
  const listed = await stage.account.ecs('ListServiceDeployments', { cluster: CLUSTER, service });
  const serviceDeploymentArns = objectsOf(listed['serviceDeployments']).map((one) => one['serviceDeploymentArn'] ?? '');
  const { serviceDeployments: found } = await stage.account.ecs('DescribeServiceDeployments', {
    serviceDeploymentArns,
  });
  const milliseconds = (one: JsonObject, member: string): number => Number(one[member]) * 1000;
  return objectsOf(found)
    .map((one) => ({
      status: textOf(one['status']),
      createdAt: milliseconds(one, 'createdAt'),
      finishedAt: milliseconds(one, 'finishedAt'),
    }))
    .sort((one, other) => one.createdAt - other.createdAt);
}
