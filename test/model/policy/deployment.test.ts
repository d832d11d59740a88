import { judgeDeployment, whyNoReturn } from '../../../model/policy/deployment';
import type { DeploymentFacts, OwnersWord, Permit } from '../../../model/policy/deployment';
import type { ServiceSpec } from '../../../model/plan';
import type { ServiceTarget, TargetScope } from '../../../model/target';
import { environmentSpec } from '../../helpers/requests';

const COMMIT = 'a'.repeat(40);
const IMAGE = { reference: `host/shop@sha256:${'1'.repeat(64)}`, digest: `sha256:${'1'.repeat(64)}` };
const OTHER = { reference: `host/shop@sha256:${'2'.repeat(64)}`, digest: `sha256:${'2'.repeat(64)}` };
const RULE = { minimum: 2, expiresMs: 1000 };

const OWNER: OwnersWord = {
  from: 'the policy',
  project: 'shop',
  repository: 'https://github.com/acme/shop',
  branch: 'main',
  environments: [environmentSpec(), environmentSpec({ name: 'staging', cluster: 'staging' })],
};
const PERMIT: Permit = { repository: OWNER.repository, commit: COMMIT, image: IMAGE };
const SERVICE = environmentSpec().services[0]!;
const APPROVED: OwnersWord = { ...OWNER, environments: [environmentSpec({ approval: RULE })] };

interface Case {
  target?: Partial<ServiceTarget>;
  service?: Partial<ServiceSpec>;
  scope?: Partial<TargetScope>;
  permit?: Partial<Permit>;
  facts?: Partial<DeploymentFacts>;
}

function factsOf({ target, service, scope, permit, facts }: Case): DeploymentFacts {
  return {
    permit: { ...PERMIT, ...permit },
    target: {
      region: 'eu-west-1',
      cluster: 'production',
      service: { ...SERVICE, ...service },
      scope: { project: 'shop', environment: 'production', request: 'r', ...scope },
      ...target,
    },
    owner: OWNER,
    onBranch: true,
    stored: IMAGE,
    ...facts,
  };
}

describe('a deployment may go forward', () => {
  it.each<[string, Case]>([
    ['when everything is as its owner says, and the image is the one of the commit', {}],
    ['from the same repository by another transport', { permit: { repository: 'ssh://git@github.com/acme/shop.git' } }],
    [
      'when it was approved by the rule of its owner',
      { facts: { owner: APPROVED }, permit: { approval: { ...RULE } } },
    ],
    [
      'as far as is known, while there is no image yet',
      { permit: { image: undefined as never }, facts: { stored: null } },
    ],
  ])('%s', (_, given) => {
    expect(judgeDeployment(factsOf(given))).toEqual({ kind: 'allowed' });
  });
});

describe('a deployment may not go forward', () => {
  it.each<[string, Case, string]>([
    [
      'of a project that the policy does not have',
      { facts: { owner: null }, scope: { project: 'shed' } },
      'the policy has no project shed',
    ],
    [
      'of another project than release.yml is of',
      { scope: { project: 'shed' } },
      'the policy is of project shop, not of shed',
    ],
    [
      'from another repository',
      { permit: { repository: 'https://github.com/eve/shop' } },
      'project shop is released from https://github.com/acme/shop, not from https://github.com/eve/shop',
    ],
    ['to an environment that there is not', { scope: { environment: 'prod' } }, 'the policy has no environment prod'],
    [
      'to another region',
      { target: { region: 'us-east-1' } },
      'environment production of the policy does not have service api in cluster production (us-east-1)',
    ],
    [
      'to another cluster',
      { target: { cluster: 'staging' } },
      'does not have service api in cluster staging (eu-west-1)',
    ],
    ['to another service', { service: { service: 'web' } }, 'does not have service web in cluster production'],
    [
      'to the cluster of another environment by its name',
      { scope: { environment: 'staging' } },
      'environment staging of the policy does not have',
    ],
    [
      'into another container',
      { service: { container: 'sidecar' } },
      'the policy says another container for service api in production',
    ],
    ['with other variables', { service: { environment: { DEBUG: '1' } } }, 'says another environment for service api'],
    ['from another template', { service: { from: 'family-latest' } }, 'says another from for service api'],
    [
      'with an easier health check',
      { service: { health: { ...SERVICE.health, times: 0 } } },
      'says another health for service api',
    ],
    ['with more time', { service: { stableWithinMs: 1e9 } }, 'says another stableWithinMs'],
    ['with more failures', { service: { failAfterStops: 100 } }, 'says another failAfterStops'],
    ['to a service that wants no tasks', { service: { allowZeroTasks: true } }, 'says another allowZeroTasks'],
    ['with a setting that nobody knows', { service: { force: true } as Partial<ServiceSpec> }, 'says another force'],
    [
      'without the approval that its owner asks for',
      { facts: { owner: APPROVED } },
      'the policy asks for 2 approval(s) in production, and this deployment followed no such rule',
    ],
    [
      'with an easier approval',
      { facts: { owner: APPROVED }, permit: { approval: { ...RULE, minimum: 1 } } },
      'followed another rule',
    ],
    ['with an approval that nobody asks for', { permit: { approval: RULE } }, 'was approved by a rule of its own'],
    [
      'of a commit that is not on the branch',
      { facts: { onBranch: false } },
      `commit ${COMMIT} is not on branch main of https://github.com/acme/shop: merge it first`,
    ],
    ['with an image that was never pushed', { facts: { stored: null } }, `has no image with the tag ${'a'.repeat(12)}`],
    [
      'with the image of another commit',
      { permit: { image: OTHER } },
      `the image is ${OTHER.digest}, but ECR says ${IMAGE.digest}`,
    ],
    [
      'with the right digest in another repository',
      { permit: { image: { ...IMAGE, reference: `elsewhere/shop@${IMAGE.digest}` } } },
      "is not of the project's ECR repository",
    ],
    [
      'with a reference to another digest than it says',
      { permit: { image: { ...OTHER, digest: IMAGE.digest } } },
      'is not of the project',
    ],
    [
      'with a tag for a reference',
      { permit: { image: { ...IMAGE, reference: 'host/shop:latest' } } },
      'host/shop:latest is not of',
    ],
  ])('%s', (_, given, reason) => {
    expect(judgeDeployment(factsOf(given))).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('and the cheapest reason is said before anything is asked', () => {
    const { onBranch, stored, ...unasked } = factsOf({ target: { region: 'us-east-1' } });
    expect(judgeDeployment(unasked)).toMatchObject({ kind: 'refused' });
  });
});

describe('what is not known is asked for', () => {
  it('of Git first, then of ECR, and never taken for granted', () => {
    const { onBranch, stored, ...unasked } = factsOf({});
    expect(judgeDeployment(unasked)).toEqual({ kind: 'ask', whom: 'git' });
    expect(judgeDeployment({ ...unasked, onBranch: true })).toEqual({ kind: 'ask', whom: 'ecr' });
    expect(judgeDeployment({ ...unasked, stored: IMAGE })).toEqual({ kind: 'ask', whom: 'git' });
  });
});

describe('a return', () => {
  const owned = OWNER.environments;

  it('asks for no more than a service that some environment has', () => {
    expect(whyNoReturn(factsOf({}).target, owned)).toBeUndefined();
    // Whatever was changed in the policy since: what goes back is what ran.
    const changed = factsOf({ service: { stableWithinMs: 1 }, scope: { environment: 'renamed' } });
    expect(whyNoReturn(changed.target, owned)).toBeUndefined();
  });

  it.each<[string, Case]>([
    ['another service', { service: { service: 'web' } }],
    ['another cluster', { target: { cluster: 'other' } }],
    ['another region', { target: { region: 'us-east-1' } }],
  ])('is refused for %s', (_, given) => {
    expect(whyNoReturn(factsOf(given).target, owned)).toMatch(/^no environment of the policy has service /);
  });
});
