import type { AssumedIdentity } from '../../../activities/aws/identity';
import { destinationOf } from '../../../activities/image/destination';
import type { ProjectPolicy } from '../../../model/policy/policy';
import { shopPolicy } from '../../model/policy/example';
import { COMMIT, input } from './harness';

const ROLE = 'arn:aws:iam::222222222222:role/pusher';
const { image } = input();
const { region: REGION } = image;

/** What is asked of the worker's clients, by whom and where. */
function destination(project: Partial<ProjectPolicy> | undefined, given = input()) {
  const asked: string[] = [];
  const ecr = (who: string) => (region: string) => {
    asked.push(`${who} in ${region}`);
    return {} as never;
  };
  const clients = {
    ecr: ecr('the worker'),
    as: ({ role, session }: AssumedIdentity) => ({ ecr: ecr(`${role} as ${session}`) }) as never,
  };
  const policy = project && { projects: [shopPolicy({ imageRepository: 'shop-api', ...project })] };
  return { name: destinationOf({ clients, policy }, given).name, asked };
}

it('is what release.yml says, without a policy', () => {
  expect(destination(undefined)).toEqual({
    name: { repository: 'shop-api', region: REGION, commit: COMMIT },
    asked: [`the worker in ${REGION}`],
  });
});

it("is the policy's repository, with the policy's role in the name of the release", () => {
  expect(destination({ imageRole: ROLE, imageRegion: 'us-east-1', imageAccount: '222222222222' })).toEqual({
    name: { repository: 'shop-api', region: 'us-east-1', commit: COMMIT, account: '222222222222' },
    asked: [`${ROLE} as run-1 in us-east-1`],
  });
  expect(destination({}).asked).toEqual([`the worker in ${REGION}`]);
});

it.each<[string, ReturnType<typeof input>, RegExp]>([
  [
    'a project that the policy does not have',
    input(undefined, { project: 'shed' }),
    /^the policy has no project shed$/,
  ],
  [
    'another repository',
    input(undefined, { image: { ...image, repository: 'shed' } }),
    /^images of project shop go to shop-api by the policy, not to shed$/,
  ],
])('is refused for %s', (_, given, message) => {
  expect(() => destination({ imageRole: ROLE }, given)).toThrow(
    expect.objectContaining({ type: 'PolicyRefused', message: expect.stringMatching(message) as string }) as Error,
  );
});
