import { createAwsClients } from '../../../activities/aws/clients';
import type { AwsClients } from '../../../activities/aws/clients';
import { placeOf } from '../../../activities/aws/iam';
import { createRights } from '../../../activities/aws/rights';
import type { RoleSettings } from '../../../local/iam/settings';
import { openIamAccount } from '../../local/iam/account';
import type { IamAccount } from '../../local/iam/account';
import { ACCOUNT, allow, policy, REGION, trust } from '../../local/iam/policies';

const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const managed = (name: string): string => `arn:aws:iam::aws:policy/${name}`;
const LOOKS = 'iam:ListAttachedRolePolicies';
const WORKER = trust({ AWS: [`arn:aws:iam::${ACCOUNT}:user/worker`] });

const role = (name: string, more: Partial<RoleSettings> = {}): RoleSettings => ({
  ...{ name, trust: WORKER, policies: { own: policy(allow(LOOKS, arnOf(name))) } },
  ...more,
});
const BLIND = { none: policy(allow('ecs:ListTasks')) };

let account: IamAccount;
let clients: AwsClients;
let now = 0;
const before = { ...process.env };

beforeAll(async () => {
  account = await openIamAccount({
    keys: { worker: { user: 'worker' } },
    roles: [
      role('modest'),
      role('admin', { policies: {}, managed: [managed('AdministratorAccess')] }),
      role('power', { managed: [managed('PowerUserAccess')] }),
      role('power-blind', { policies: BLIND, managed: [managed('PowerUserAccess')] }),
      role('blind', { policies: BLIND }),
      role('AWSReservedSSO_AdministratorAccess_0123456789abcdef', { policies: BLIND }),
      role('AWSReservedSSO_Readers_0123456789abcdef', { policies: BLIND }),
      role('mended', { managed: [managed('AdministratorAccess')] }),
    ],
  });
  process.env['AWS_ACCESS_KEY_ID'] = 'worker';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'local';
  delete process.env['AWS_SESSION_TOKEN'];
  clients = createAwsClients({ endpoint: account.local.endpoint });
});
afterAll(async () => {
  clients.destroy();
  await account.close();
  process.env = before;
});
beforeEach(() => (now = 0));

const rights = () => createRights(clients, () => now);
const mightOf = (name: string, of = rights()) => of.mightOf({ role: arnOf(name), session: 'run-1' }, REGION);
const looks = (): number => account.local.calls().filter(({ action }) => LOOKS.endsWith(action)).length;

describe('the might of a role, by what IAM says of it to itself', () => {
  it.each([
    ['modest', { kind: 'fits' }],
    [
      'admin',
      { kind: 'too mighty', reason: 'role admin carries AdministratorAccess, which is far more than a release needs' },
    ],
    ['power', { kind: 'too mighty', reason: expect.stringContaining('power carries PowerUserAccess') as string }],
    [
      'blind',
      {
        kind: 'unknown',
        why: expect.stringMatching(/^Whether role blind .* not known: AWS does not allow iam:L/) as string,
      },
    ],
    // PowerUserAccess does not include the right to look: nobody tells.
    ['power-blind', { kind: 'unknown', why: expect.stringContaining('not authorized to perform') as string }],
    ['AWSReservedSSO_AdministratorAccess_0123456789abcdef', { kind: 'too mighty' }],
    ['AWSReservedSSO_Readers_0123456789abcdef', { kind: 'unknown' }],
  ])('%s', async (name, might) => {
    expect(await mightOf(name)).toMatchObject(might);
  });

  it('is asked of the role, by the role, and signed for the region of IAM', async () => {
    await mightOf('modest');
    expect(account.local.calls().at(-1)).toMatchObject({
      service: 'iam',
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/modest/run-1`,
      permissions: [`${LOOKS} ${arnOf('modest')}`],
      request: { RoleName: 'modest', Version: '2010-05-08' },
    });
  });

  it('is asked once in ten minutes for each role, whatever the session', async () => {
    const of = rights();
    const start = looks();
    await mightOf('modest', of);
    await of.mightOf({ role: arnOf('modest'), session: 'run-2' }, REGION);
    expect(looks() - start).toBe(1);
    now += 10 * 60_000 + 1;
    await mightOf('modest', of);
    expect(looks() - start).toBe(2);
  });

  it('is asked again at once where it was too mighty: somebody may have put it right', async () => {
    const of = rights();
    expect((await mightOf('mended', of)).kind).toBe('too mighty');
    account.local.putRole?.(role('mended'));
    expect((await mightOf('mended', of)).kind).toBe('fits');
  });

  it('of whoever is no role is not asked for', async () => {
    const start = looks();
    expect(await rights().mightOf(undefined, REGION)).toEqual({ kind: 'fits' });
    expect(looks()).toBe(start);
  });

  it('is not known where AWS does not answer, and nothing is thrown', async () => {
    account.local.faults.add({ action: 'GetCallerIdentity', kind: 'deny', times: 1 });
    expect(await rights().mightOf(undefined, REGION)).toMatchObject({ kind: 'unknown' });
  });
});

describe('the place of IAM', () => {
  it.each([
    ['eu-west-1', 'iam.amazonaws.com', 'us-east-1'],
    ['cn-northwest-1', 'iam.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['us-gov-east-1', 'iam.us-gov.amazonaws.com', 'us-gov-west-1'],
  ])('for %s is %s, signed for %s', (region, host, signed) => {
    expect(placeOf(region)).toEqual({ host, region: signed });
  });
});
