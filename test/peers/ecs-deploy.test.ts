import type { JsonObject } from '../../model/json';
import { objectsOf, textOf } from '../../model/json';
import { call } from './stage/calls';
import { openService } from './stage/services';
import type { Peers, ProgramEnd } from './stage/peers';
import { CLUSTER, CRASH, openPeers, server, SET_UP_WITHIN_MS } from './stage/peers';

let peers: Peers;
const images = { one: '', two: '', crash: '' };

beforeAll(async () => {
  peers = await openPeers();
  images.one = await peers.push('api', 'one', server('one'));
  images.two = await peers.push('api', 'two', server('two'));
  images.crash = await peers.push('api', 'crash', CRASH);
  await call(peers.endpoint, 'ecs:CreateCluster', { clusterName: CLUSTER });
}, SET_UP_WITHIN_MS);
afterAll(() => peers.close());

const deploy = (service: string, image: string, ...more: string[]): Promise<ProgramEnd> =>
  peers.run('ecs', ['deploy', CLUSTER, service, '--image', 'app', image, '--timeout', '60', ...more]);

async function definition(name: string): Promise<JsonObject> {
  const { taskDefinition } = await call(peers.endpoint, 'ecs:DescribeTaskDefinition', { taskDefinition: name });
  return taskDefinition as JsonObject;
}

const imageOf = async (name: string): Promise<string | undefined> =>
  textOf(objectsOf((await definition(name))['containerDefinitions'])[0]?.['image']);

describe('`ecs deploy`', () => {
  it('brings a new image out, and retires the old revision', async () => {
    const service = await openService(peers, { name: 'good', images: [images.one] });
    const { code, stdout, stderr } = await deploy('good', images.two);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Successfully changed task definition to: good:2');
    expect(stdout).toContain('Deployment successful');
    const { taskDefinition } = await service.settled();
    expect(taskDefinition).toMatch(/task-definition\/good:2$/);
    expect(await imageOf('good:2')).toBe(images.two);
    expect(await definition('good:1')).toMatchObject({ status: 'INACTIVE' });
  });

  it.each(['stop', 'none'] as const)(
    'sees an image that crashes, and with --rollback brings the old one back (circuit breaker: %s)',
    async (breaker) => {
      const name = `breaker-${breaker}`;
      const service = await openService(peers, { name, images: [images.one], breaker });
      const { code, stdout, stderr } = await deploy(name, images.crash, '--rollback');
      expect(code).toBe(1);
      expect(stderr).toContain(`(service ${name}) is unable to consistently start tasks successfully.`);
      expect(stdout).toContain(`Rolling back to task definition: ${name}:1`);
      expect(stdout).toContain('Rollback successful');
      const { taskDefinition, runningCount } = await service.settled();
      expect({ taskDefinition, runningCount }).toEqual({
        taskDefinition: expect.stringMatching(`task-definition/${name}:1$`) as string,
        runningCount: 1,
      });
      expect(await definition(`${name}:2`)).toMatchObject({ status: 'INACTIVE' });
    },
  );

  it('without --rollback leaves the service as it is', async () => {
    await openService(peers, { name: 'left', images: [images.one], breaker: 'stop' });
    const { code, stderr } = await deploy('left', images.crash);
    expect(code).toBe(1);
    expect(stderr).toContain('Deployment failed');
    expect(await definition('left:2')).toMatchObject({ status: 'ACTIVE' });
  });

  it('takes the rollback of ECS itself for a success, since it looks at what runs and not at what it asked for', async () => {
    const service = await openService(peers, { name: 'turned', images: [images.one], breaker: 'rollback' });
    const { code, stdout } = await deploy('turned', images.crash, '--no-deregister');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Deployment successful') as string });
    const { taskDefinition } = await service.settled();
    expect(taskDefinition).toMatch(/task-definition\/turned:1$/);
  });

  it('says which service it does not find', async () => {
    const { code, stderr } = await deploy('nobody', images.two);
    expect(code).toBe(1);
    expect(stderr).toContain('Service not found.');
  });
});

it('`ecs scale` changes the number of tasks, without a deployment', async () => {
  const service = await openService(peers, { name: 'scaled', images: [images.one] });
  const before = objectsOf((await service.now())['deployments'])[0]?.['id'];
  const { code, stdout } = await peers.run('ecs', ['scale', CLUSTER, 'scaled', '2', '--timeout', '60']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Scaling successful') as string });
  const { runningCount, deployments } = await service.settled();
  expect(runningCount).toBe(2);
  expect(objectsOf(deployments).map(({ id }) => id)).toEqual([before]);
});

it("all that it sent and was answered fits botocore's model, and it kept nothing", async () => {
  const { findings, actions } = await peers.verdict();
  expect(findings).toEqual([]);
  expect(Object.keys(actions)).toContain('ecs:DeregisterTaskDefinition');
  expect(await peers.leftInHome()).toEqual([]);
});
