import type { ReleaseConfig } from '../../model/config/release-config';
import { makePlan } from '../../model/make-plan';
import type { PlanFacts } from '../../model/make-plan';
import type { EnvironmentSpec, FreezeWindow } from '../../model/plan';
import { COMMIT, environmentSpec, plan, releaseRequest } from '../helpers/requests';
import { shopPolicy } from './policy/example';

const { gates, image } = plan();
const OWN: ReleaseConfig = { project: 'shop', branch: 'main', gates, image, environments: [environmentSpec()] };
const HEAD = {
  from: 'release.yml at the head of main',
  branch: 'main',
  environments: [environmentSpec({ name: 'staging' }), environmentSpec()],
  commit: 'c'.repeat(40),
};
const POLICY = shopPolicy();
const BY_POLICY = { ...HEAD, from: 'the policy' };

const planned = (more: Partial<PlanFacts> = {}) =>
  makePlan({ request: releaseRequest(), treeHash: 't', own: OWN, head: HEAD, ...more });
const refusal = (type: string, message: RegExp) =>
  expect.objectContaining({ type, message: expect.stringMatching(message) as string }) as Error;

it('takes gates and image from the commit, and environments from whoever owns them', () => {
  const made = planned();
  expect(made).toMatchObject({
    gates,
    image,
    branch: 'main',
    configCommit: HEAD.commit,
    environments: HEAD.environments,
  });
  expect(made.hash).toMatch(/^[0-9a-f]{64}$/);
});

it('takes the environments that were asked for, in the order of their owner', () => {
  const names = (environments: string[]) =>
    planned({ request: releaseRequest({ environments }) }).environments.map(({ name }) => name);
  expect(names(['production', 'staging'])).toEqual(['staging', 'production']);
  expect(names(['production'])).toEqual(['production']);
  expect(() => names(['prod'])).toThrow(
    refusal('BadRequest', /^there is no environment prod: release\.yml at the head of main has staging, production$/),
  );
});

it('a check goes nowhere', () => {
  expect(planned({ request: releaseRequest({ purpose: 'check' }) }).environments).toEqual([]);
});

it('pushes an image of no region to where it is needed first', () => {
  const own = { ...OWN, image: { ...image, region: '' }, environments: [] };
  expect(planned({ own }).image.region).toBe('eu-west-1');
});

it('says that nobody knows where it goes, where no file does', () => {
  expect(() => planned({ head: { ...HEAD, environments: [] } })).toThrow(
    refusal(
      'BadConfig',
      /^release\.yml at the head of main has no environments, and these workers have no policy\.yml/,
    ),
  );
});

describe('a process that keeps no state', () => {
  const alone = (environment: Partial<EnvironmentSpec>, persistent = false) =>
    planned({
      head: { ...HEAD, environments: [environmentSpec(environment)] },
      request: releaseRequest({ embedded: { persistent, requireCircuitBreaker: true } }),
    });
  const freeze: FreezeWindow[] = [
    { kind: 'dated', from: '2026-12-24T00:00', until: '2026-12-27T00:00', timeZone: 'UTC', reason: 'holidays' },
  ];

  it.each<[string, Partial<EnvironmentSpec>, RegExp]>([
    ['approval', { approval: { minimum: 1, expiresMs: 1 } }, /asks for approval, .*--state/],
    ['latest', { queue: 'latest' }, /`queue: latest`.*--state/],
    ['reject', { queue: 'reject' }, /`queue: reject`.*--state/],
    ['freeze windows', { freeze }, /`freeze` windows.*--state/],
  ])('refuses %s, which a persistent one takes', (_, environment, message) => {
    expect(() => alone(environment)).toThrow(refusal('BadRequest', message));
    expect(alone(environment, true).environments).toHaveLength(1);
  });

  it('takes the order that is the default, said or not', () => {
    expect(alone({ queue: 'queue' }).environments).toEqual([environmentSpec({ queue: 'queue' })]);
  });
});

it("refuses another project's file", () => {
  expect(() => planned({ own: { ...OWN, project: 'shed' } })).toThrow(refusal('BadRequest', /is of project shed/));
});

describe('with a policy', () => {
  it('fetches from the address of the policy, and pushes to its region', () => {
    const policy = { ...POLICY, imageRegion: 'us-east-1' };
    const made = planned({
      policy,
      head: BY_POLICY,
      request: releaseRequest({ repository: 'ssh://git@github.com/acme/shop' }),
    });
    expect(made).toMatchObject({
      repository: 'https://github.com/acme/shop',
      image: { ...image, region: 'us-east-1' },
    });
  });

  it.each<[string, Partial<PlanFacts>, RegExp]>([
    [
      'a missing gate, also of a check',
      {
        policy: shopPolicy({ requiredGates: [{ name: 'lint', kind: 'run' }] }),
        request: releaseRequest({ purpose: 'check' }),
      },
      /^release\.yml at a{12} has no gate lint, which the policy requires$/,
    ],
    [
      'a weaker gate',
      { policy: shopPolicy({ requiredGates: [{ name: 'tests', kind: 'run', coverage: 80 }] }) },
      /judges no coverage in the gate tests/,
    ],
    [
      'another image repository',
      { policy: shopPolicy({ imageRepository: 'team/shop' }) },
      /names the image repository shop, and the policy team\/shop$/,
    ],
  ])('refuses %s', (_, facts, message) => {
    expect(() => planned({ head: BY_POLICY, ...facts })).toThrow(refusal('PolicyRefused', message));
  });

  it('names the policy as who knows the environments', () => {
    const request = releaseRequest({ environments: ['prod'], commit: COMMIT });
    expect(() => planned({ policy: POLICY, head: BY_POLICY, request })).toThrow(
      refusal('BadRequest', /^there is no environment prod: the policy has staging, production$/),
    );
  });
});
