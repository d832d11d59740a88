import type { Authority } from '../../../activities/ecs/authority/authority';
import type { ForwardRequest, ImagePermit } from '../../../activities/ecs/revision';
import { TypedError } from '../../../model/failures';
import type { Baseline } from '../../../model/target';
import {
  capturedBaseline,
  COMMIT,
  deploy,
  imageOf,
  permitOf,
  RELEASE,
  startHarness,
  targetOf,
  trusting,
} from './harness';
import type { AwsHarness } from './harness';

let harness: AwsHarness;
let forward: ForwardRequest;
beforeEach(async () => {
  harness = await startHarness();
  await harness.serviceOf(await harness.register('one'));
  const baseline: Baseline = await capturedBaseline(harness);
  const { reference } = await imageOf('two');
  forward = {
    target: targetOf({ environment: { MODE: 'on' } }),
    baseline,
    permit: permitOf(reference),
    release: RELEASE,
  };
});
afterEach(() => harness.close());

const writes = () => harness.core.calls().filter(({ action }) => !/^(Describe|List)/.test(action));
const no = (): never => {
  throw new TypedError('PolicyRefused', 'its owner says no');
};
const refusing = (part: Partial<Authority>) => ({ deps: { authority: { ...trusting(harness.clients), ...part } } });

describe('what goes forward', () => {
  const refused = () => refusing({ mayDeploy: async () => no() });

  it('is neither registered nor updated where its owner says no', async () => {
    const { permit, target } = forward;
    const update = { ...forward, taskDefinitionArn: forward.baseline.taskDefinitionArn };
    const inspect = { targets: [target], permit, requireCircuitBreaker: false };
    const no = { type: 'PolicyRefused', message: 'its owner says no' };
    await expect(harness.run('registerRevision', forward, refused())).rejects.toMatchObject(no);
    await expect(harness.run('updateService', update, refused())).rejects.toMatchObject(no);
    await expect(harness.run('inspectTargets', inspect, refused())).rejects.toMatchObject(no);
    expect(writes()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['without an image', { repository: '/repositories/shop', commit: COMMIT }],
    ['without anything', undefined],
  ])('is refused %s', async (_, permit) => {
    const forged = { ...forward, permit: permit as ImagePermit };
    const attempts = [
      harness.run('registerRevision', forged),
      harness.run('updateService', { ...forged, taskDefinitionArn: forward.baseline.taskDefinitionArn }),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ type: 'PolicyRefused' });
    expect(writes()).toEqual([]);
  });

  it('never takes the program of another family', async () => {
    const planted = await harness.register('two', {}, { family: 'planted' });
    const baseline = { ...forward.baseline, taskDefinitionArn: planted };
    await expect(harness.run('registerRevision', { ...forward, baseline })).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: 'service api runs api:1, and planted:1 is of another family',
    });
    await expect(harness.run('updateService', { ...forward, taskDefinitionArn: planted })).rejects.toMatchObject({
      type: 'PolicyRefused',
    });
    expect(writes()).toEqual([]);
  });

  it.each<[string, () => Promise<object>]>([
    [
      'with another image',
      () => imageOf('three').then(({ reference }) => ({ image: reference, environment: MODE('on') })),
    ],
    ['with other variables', async () => ({ image: forward.permit.image.reference, environment: MODE('off') })],
    ['without its variables', async () => ({ image: forward.permit.image.reference })],
  ])('never takes a revision %s', async (_, container) => {
    const taskDefinitionArn = await harness.register('two', (await container()) as never);
    await expect(harness.run('updateService', { ...forward, taskDefinitionArn })).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: expect.stringContaining('revision api:2 does not carry registry.test/app@sha256:') as string,
    });
    expect(writes()).toEqual([]);
  });
});

const MODE = (value: string) => [{ name: 'MODE', value }];

describe('what goes back', () => {
  it('is refused for a service that nobody owns, before anything is written', async () => {
    const { target, baseline, taskDefinitionArn, deployment } = await deploy(harness, 'two');
    const before = writes();
    const refused = refusing({ mayReturn: no });
    await expect(harness.run('beginReturn', { target, baseline, deployment }, refused)).rejects.toMatchObject({
      type: 'PolicyRefused',
    });
    await expect(harness.run('markVerified', { target, taskDefinitionArn }, refused)).rejects.toMatchObject({
      type: 'PolicyRefused',
    });
    expect(writes()).toEqual(before);
  });

  it('asks for nothing that goes forward', async () => {
    const { target, baseline, deployment } = await deploy(harness, 'two');
    const strict = refusing({ mayDeploy: async () => no() });
    expect(await harness.run('beginReturn', { target, baseline, deployment }, strict)).toMatchObject({
      kind: 'following',
    });
  });
});

describe('credentials that end for good', () => {
  const inspect = (expiry: Date | undefined) =>
    harness.run(
      'inspectTargets',
      { targets: [forward.target], permit: forward.permit, requireCircuitBreaker: false },
      { deps: { clients: { expiry: async () => expiry }, now: () => new Date(0) } },
    );

  it('are refused where they end before the longest way does', async () => {
    // Twice 20 s for stability and 20 s for health.
    await expect(inspect(new Date(79_999))).rejects.toMatchObject({
      type: 'CredentialsRefused',
      message: expect.stringContaining('expire at 1970-01-01T00:01:19.999Z and do not renew themselves') as string,
    });
    await expect(inspect(new Date(80_000))).resolves.toBeUndefined();
    await expect(inspect(undefined)).resolves.toBeUndefined();
  });
});
