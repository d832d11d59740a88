import type { AssumedIdentity } from '../../../activities/aws/identity';
import type { Might } from '../../../activities/aws/rights';
import { createAuthority } from '../../../activities/ecs/authority/authority';
import type { Authority } from '../../../activities/ecs/authority/authority';
import type { Source } from '../../../activities/source/source';
import type { Policy } from '../../../model/policy/policy';
import type { Permit } from '../../../model/policy/deployment';
import type { ServiceTarget } from '../../../model/target';
import { activityEnvironment } from '../../helpers/activity-environment';
import { accepted } from '../../model/policy/example';
import type { Fixture } from '../source/fixture';
import { createFixture } from '../source/fixture';

const ROLE = 'arn:aws:iam::111111111111:role/deployer';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const URI = '000000000000.dkr.ecr.eu-west-1.amazonaws.com/shop';
const ENVIRONMENTS = `
      production:
        region: eu-west-1
        cluster: main
        services: { api: { health: { digest: true } }, web: { health: { digest: true } } }`;

let git: Fixture;
/** Everything that was asked of Git and ECR, in order. */
let asked: string[];
let first: string;
let branches = 0;
/** How often the head was asked for as it is now. */
let fetches: number;

beforeAll(() => {
  git = createFixture();
  git.write('release.yml', releaseYml(ENVIRONMENTS));
  first = git.commit('First');
});
afterAll(() => git.remove());
beforeEach(() => {
  asked = [];
  fetches = 0;
});

function releaseYml(environments: string): string {
  return `project: shop
gates: { tests: { run: npm test } }
image: { repository: shop, builder: pack, files: ['**'], command: [node, server.js] }
environments:${environments}
`;
}

function policy(more = ''): Policy {
  return accepted(`projects:
  shop:
    repository: ${git.repository}
    repository-id: 1
    repository-owner-id: 2
    workflow: .github/workflows/release.yml
    image: { repository: shop, account: '222222222222' }
    environments:${ENVIRONMENTS}
        ${more}
`);
}

interface World {
  policy?: Policy;
  now?: () => number;
  /** Digest of the commit's image; null where there is none. */
  stored?: string | null;
  identities?: AssumedIdentity[];
  source?: Source;
  might?: (identity: AssumedIdentity | undefined) => Might;
  warnings?: string[];
}

function authorityOf({
  policy: given,
  now,
  stored = DIGEST,
  identities = [],
  source = git.source,
  might = () => ({ kind: 'fits' }),
  warnings = [],
}: World = {}): Authority {
  const ecr = {
    send: async (command: { constructor: { name: string }; input: { imageIds?: unknown; registryId?: string } }) => {
      const { name } = command.constructor;
      const tag = JSON.stringify(command.input.imageIds ?? '');
      asked.push(`${name} ${command.input.registryId ?? 'own'} ${tag}`);
      if (name === 'DescribeRepositoriesCommand') return { repositories: [{ repositoryUri: URI }] };
      return { imageDetails: stored === null ? [] : [{ imageDigest: stored }] };
    },
  };
  const clients = { ecs: never, logs: never, iam: never, ecr: () => ecr as never };
  const as = (identity: AssumedIdentity) => {
    identities.push(identity);
    return clients;
  };
  return createAuthority({
    clients: { ...clients, as },
    rights: { mightOf: async (identity) => might(identity) },
    warn: (text) => warnings.push(text),
    source: watched(source),
    policy: given,
    ...(now && { now }),
  });
}

const never = (): never => {
  throw new Error('nobody should ask for this');
};

function watched(source: Source): Source {
  return {
    ...source,
    branchHead: (...args) => {
      asked.push(`head of ${args[1]}`);
      if (args[3] === 0) fetches += 1;
      return source.branchHead(...args);
    },
    isAncestor: (...args) => {
      asked.push('on it?');
      return source.isAncestor(...args);
    },
  };
}

function targetOf(name = 'api', more: Partial<ServiceTarget> = {}): ServiceTarget {
  const service = policy().projects[0]!.environments[0]!.services.find((one) => one.service === name)!;
  return {
    region: 'eu-west-1',
    cluster: 'main',
    service,
    scope: { project: 'shop', environment: 'production', request: 'run-1/production' },
    ...more,
  };
}

const permitOf = (commit = first, more: Partial<Permit> = {}): Permit => ({
  repository: git.repository,
  commit,
  image: { reference: `${URI}@${DIGEST}`, digest: DIGEST },
  ...more,
});

const mayDeploy = (authority: Authority, targets: ServiceTarget[], permit: Permit): Promise<void> =>
  activityEnvironment().run(() => authority.mayDeploy(targets, permit));

const ALL_QUESTIONS = ['head of main', 'on it?', `DescribeRepositoriesCommand`, 'DescribeImagesCommand'];
const names = () => asked.map((question) => question.replace(/Command .*$/, 'Command'));

describe.each<[string, () => World]>([
  ['a policy', () => ({ policy: policy() })],
  ['release.yml on the allowed branch', () => ({})],
])('a deployer that goes by %s', (_, world) => {
  it('asks Git and ECR itself, once for all services of a trip and all their writes', async () => {
    const authority = authorityOf(world());
    const targets = [targetOf('api'), targetOf('web')];
    await mayDeploy(authority, targets, permitOf());
    expect(names()).toEqual(ALL_QUESTIONS);
    for (const target of [...targets, ...targets]) await mayDeploy(authority, [target], permitOf());
    expect(names()).toEqual(ALL_QUESTIONS);
  });

  it('asks again after a minute, and for whatever is not the very same', async () => {
    let now = 0;
    const authority = authorityOf({ ...world(), now: () => now });
    await mayDeploy(authority, [targetOf()], permitOf());
    now = 60_001;
    await mayDeploy(authority, [targetOf()], permitOf());
    expect(names()).toEqual([...ALL_QUESTIONS, ...ALL_QUESTIONS]);
    const reference = `elsewhere/shop@${DIGEST}`;
    const forged = permitOf(first, { image: { reference, digest: DIGEST } });
    await expect(mayDeploy(authority, [targetOf()], forged)).rejects.toMatchObject({ type: 'PolicyRefused' });
  });

  it('does not remember a refusal: what is put right passes', async () => {
    const before = authorityOf({ ...world(), stored: null });
    await expect(mayDeploy(before, [targetOf()], permitOf())).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: expect.stringContaining('has no image with the tag') as string,
    });
    asked = [];
    await expect(mayDeploy(before, [targetOf()], permitOf())).rejects.toMatchObject({ type: 'PolicyRefused' });
    expect(names()).toContain('head of main');
  });

  it('refuses a commit that is on no allowed branch, without a word to ECR', async () => {
    git.git('switch', '--quiet', '--create', `side-${(branches += 1)}`);
    const commit = git.commit('Not merged');
    git.git('switch', '--quiet', 'main');
    await expect(mayDeploy(authorityOf(world()), [targetOf()], permitOf(commit))).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: `commit ${commit} is not on branch main of ${git.repository}: merge it first`,
    });
    // Once of what is known, and once of what is so now.
    expect(names()).toEqual(['head of main', 'on it?', 'head of main', 'on it?']);
  });

  it('asks nobody while there is no image to speak of', async () => {
    const { image, ...permit } = permitOf();
    await mayDeploy(authorityOf(world()), [targetOf()], permit);
    expect(asked).toEqual([]);
  });

  it('allows by what was fetched a moment ago, and refuses only by what is so now', async () => {
    const authority = authorityOf(world());
    await mayDeploy(authority, [targetOf()], permitOf());
    const merged = git.commit('Merged a moment ago');
    // The head of the mirror is older than this commit.
    await mayDeploy(authority, [targetOf()], permitOf(merged));
    expect(fetches).toBe(1);
  });
});

function policyText(repository: string): string {
  return `projects:
  shop:
    repository: ${repository}
    repository-id: 1
    repository-owner-id: 2
    workflow: .github/workflows/release.yml
    image: { repository: shop }
    environments:${ENVIRONMENTS}
`;
}

describe('with a policy', () => {
  it('says so where the repository cannot be asked, and claims nothing', async () => {
    const gone = authorityOf({ policy: accepted(policyText('/nowhere/at/all')) });
    await expect(
      mayDeploy(gone, [targetOf()], permitOf(first, { repository: '/nowhere/at/all' })),
    ).rejects.toMatchObject({ type: 'SourceMissing' });
  });

  it('a refusal by the policy alone asks nobody', async () => {
    const elsewhere = targetOf('api', { cluster: 'other' });
    await expect(mayDeploy(authorityOf({ policy: policy() }), [elsewhere], permitOf())).rejects.toMatchObject({
      type: 'PolicyRefused',
      message: 'environment production of the policy does not have service api in cluster other (eu-west-1)',
    });
    expect(asked).toEqual([]);
  });

  it('asks the registry of the account that the policy names', async () => {
    await mayDeploy(authorityOf({ policy: policy() }), [targetOf()], permitOf());
    expect(asked.filter((question) => question.startsWith('Describe'))).toEqual([
      'DescribeRepositoriesCommand 222222222222 ""',
      `DescribeImagesCommand 222222222222 [{"imageTag":"${first}"}]`,
    ]);
  });

  it('takes the role of the environment, as the request, for whatever touches its services', () => {
    const identities: AssumedIdentity[] = [];
    const authority = authorityOf({ policy: policy(`role: ${ROLE}`), identities });
    authority.clientsOf(targetOf());
    // The policy knows whose service it is, whatever its target says.
    authority.clientsOf(targetOf('web', { scope: { project: 'eve', environment: 'mine', request: 'r/1 #2' } }));
    authority.clientsOf(targetOf('api', { cluster: 'other' }));
    expect(identities).toEqual([
      { role: ROLE, session: 'run-1-production' },
      { role: ROLE, session: 'r-1--2' },
    ]);
  });

  it('lets back only what some environment has, and asks nobody', () => {
    const authority = authorityOf({ policy: policy() });
    expect(() => authority.mayReturn(targetOf())).not.toThrow();
    expect(() => authority.mayReturn(targetOf('api', { cluster: 'other' }))).toThrow(
      'no environment of the policy has service api in cluster other (eu-west-1)',
    );
    expect(asked).toEqual([]);
  });
});

describe('an identity that carries AdministratorAccess', () => {
  const might = (): Might => ({ kind: 'too mighty', reason: 'role deployer carries AdministratorAccess' });

  it.each([
    ['of a role of the policy', () => authorityOf({ policy: policy(`role: ${ROLE}`), might })],
    ["of the worker's own, with a policy", () => authorityOf({ policy: policy(), might })],
    ["of the worker's own, without one", () => authorityOf({ might })],
  ])('%s is refused before anything is asked, with the way out', async (_whose, authority) => {
    await expect(mayDeploy(authority(), [targetOf()], permitOf())).rejects.toMatchObject({
      type: 'PolicyRefused',
      message:
        'role deployer carries AdministratorAccess: use the role that `sluice iam` prints, or say `allow-admin: true` for the environment in policy.yml',
    });
    expect(asked).toEqual([]);
  });

  it('is refused at the first look already, when there is no image yet', async () => {
    const { image: _, ...permit } = permitOf();
    await expect(mayDeploy(authorityOf({ might }), [targetOf()], permit)).rejects.toMatchObject({
      type: 'PolicyRefused',
    });
  });

  it('is taken where the policy allows it for the environment', async () => {
    await mayDeploy(authorityOf({ policy: policy('allow-admin: true'), might }), [targetOf()], permitOf());
  });

  it('is asked about by the role that touches the services', async () => {
    const seen: (AssumedIdentity | undefined)[] = [];
    const asks = (identity: AssumedIdentity | undefined): Might => {
      seen.push(identity);
      return { kind: 'fits' };
    };
    await mayDeploy(authorityOf({ policy: policy(`role: ${ROLE}`), might: asks }), [targetOf()], permitOf());
    await mayDeploy(authorityOf({ policy: policy(), might: asks }), [targetOf()], permitOf());
    expect(seen).toEqual([{ role: ROLE, session: 'run-1-production' }, undefined]);
  });

  it('never stands in the way of a return', () => {
    expect(() => authorityOf({ policy: policy(), might }).mayReturn(targetOf())).not.toThrow();
  });

  it('that cannot be known of is a warning in the log, once in an hour', async () => {
    const warnings: string[] = [];
    let now = 0;
    const authority = authorityOf({
      might: () => ({ kind: 'unknown', why: 'AWS does not allow it' }),
      warnings,
      now: () => now,
    });
    await mayDeploy(authority, [targetOf()], permitOf());
    await mayDeploy(authority, [targetOf('web')], permitOf());
    expect(warnings).toEqual(['AWS does not allow it']);
    now += 3_600_001;
    await mayDeploy(authority, [targetOf()], permitOf());
    expect(warnings).toHaveLength(2);
  });
});

describe('without a policy', () => {
  it('goes by release.yml as it is on the branch now, not as it was at the commit', async () => {
    git.write('release.yml', releaseYml(ENVIRONMENTS.replace('cluster: main', 'cluster: next')));
    git.commit('Move');
    // Of another worker, or a minute later.
    const later = authorityOf({ source: git.createSource(30_000) });
    await expect(mayDeploy(later, [targetOf()], permitOf())).rejects.toMatchObject({
      message:
        'environment production of release.yml at the head of main does not have service api in cluster main (eu-west-1)',
    });
    await mayDeploy(later, [targetOf('api', { cluster: 'next' })], permitOf());
  });

  it('assumes no role, and lets everything back', () => {
    const authority = authorityOf();
    expect(() => authority.mayReturn(targetOf('api', { cluster: 'any' }))).not.toThrow();
    expect(() => authority.clientsOf(targetOf())).not.toThrow();
  });
});
