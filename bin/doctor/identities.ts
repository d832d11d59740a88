import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { assumedRole } from '../../activities/aws/assumed-role';
import type { AwsClients, RegionalClients } from '../../activities/aws/clients';
import { asTypedError } from '../../activities/aws/errors';
import { createRights } from '../../activities/aws/rights';
import { sessionName } from '../../activities/aws/identity';
import { whyTooMighty } from '../../model/doctor/identity';
import { whyTooShort } from '../../model/longest-path';
import { LESS_MIGHT } from '../../model/might';
import type { ServiceTarget } from '../../model/target';
import type { Examination } from './examination';
import { Trouble } from './trouble';

/** What CloudTrail shows of these looks, where a role is assumed. */
export const SESSION = 'sluice-doctor';

/** Who asks: found, temporary, and named. Undefined where AWS knows nobody here. */
export async function examineCredentials(
  { check }: Examination,
  clients: AwsClients,
  region: string,
): Promise<string | undefined> {
  return check('AWS credentials', async (abortSignal) => {
    const answer = await clients
      .sts(region)
      .send(new GetCallerIdentityCommand({}), { abortSignal })
      .catch((error: unknown) => {
        throw asTypedError(error, `sts:GetCallerIdentity in ${region}`);
      });
    const arn = answer.Arn ?? '';
    const might = whyTooMighty(arn);
    return {
      found: might === undefined ? arn : `${arn}: ${might}`,
      value: arn,
      fix: might && 'Use a role that may do no more than a release needs: `sluice iam` prints it.',
    };
  });
}

/** Whether they last for the longest way, rollback included, of each of these environments. */
export async function examineExpiry(
  { check }: Examination,
  clients: AwsClients,
  environments: readonly (readonly ServiceTarget[])[],
  now: number,
): Promise<void> {
  await check('time of the credentials', async () => {
    const expiry = await clients.expiry(environments[0]?.[0]?.region ?? '');
    if (expiry === undefined) return { found: 'they renew themselves, or do not say when they end', value: true };
    const reason = environments.map((targets) => whyTooShort(targets, expiry.getTime(), now)).find(Boolean);
    if (reason === undefined) return { found: `until ${expiry.toISOString()}, long enough`, value: true };
    const [found = '', fix = ''] = reason.split(/; (?=get longer)/);
    throw new Trouble(`${found}.`, fix.replace(/^g/, 'G'));
  });
}

/** The clients of a role, once it could be assumed; without a role, those of whoever asks. */
export async function examineRole(
  { check }: Examination,
  name: string,
  { clients, role, region }: { clients: AwsClients; role: string | undefined; region: string },
): Promise<RegionalClients | undefined> {
  if (role === undefined) return clients;
  const identity = { role, session: sessionName(SESSION) };
  return check(name, async () => {
    await assumedRole(clients.sts(region), identity)();
    return { found: `${role} can be assumed`, value: clients.as(identity) };
  });
}

/** Whether whoever would touch the services carries AdministratorAccess or PowerUserAccess: the deployer refuses that. */
export async function examineRights(
  { check }: Examination,
  name: string,
  {
    clients,
    role,
    region,
    allowed,
  }: { clients: AwsClients; role: string | undefined; region: string; allowed: boolean },
): Promise<void> {
  await check(name, async () => {
    const identity = role === undefined ? undefined : { role, session: sessionName(SESSION) };
    const might = await createRights(clients).mightOf(identity, region);
    switch (might.kind) {
      case 'fits':
        return { found: 'neither AdministratorAccess nor PowerUserAccess', value: true };
      case 'unknown':
        return {
          found: might.why,
          value: true,
          fix: 'Let the role look at itself (iam:ListAttachedRolePolicies, as `sluice iam` grants it).',
        };
      case 'too mighty':
        if (allowed) return { found: `${might.reason}, as the policy allows`, value: true };
        throw new Trouble(`${might.reason}.`, `Releases are refused: ${LESS_MIGHT}.`);
    }
  });
}
