import type { AwsClients } from '../../activities/aws/clients';
import type { Environment } from '../../client/connect';
import { environmentOf } from '../../model/policy/policy';
import { targetsOf } from '../../workflows/targets';
import { awsIsLocal } from '../run-command';
import type { Examination } from './examination';
import { examineHealth } from './health';
import { examineCredentials, examineExpiry, examineRights, examineRole, SESSION } from './identities';
import { examineImages } from './images';
import { examineService, skipService } from './service';
import type { SetUp } from './set-up';

export interface AwsQuestion {
  clients: AwsClients;
  setUp: SetUp;
  /** Top of the clone. */
  top: string;
  commit: string;
  /** Epoch milliseconds. */
  now: number;
  /** Whether releases run in a process of their own, so that ECS itself must be able to return the service. */
  embedded: boolean;
  env: Environment;
}

/** Everything that a release asks AWS and the services, in the order in which it would. */
export async function examineAws(examination: Examination, question: AwsQuestion): Promise<void> {
  const { clients, setUp, now } = question;
  const { project, environments, image } = setUp;
  const scenes = environments.map((owned) => ({
    ...owned,
    targets: targetsOf(environmentOf(owned), project, SESSION),
  }));

  const caller = await examineCredentials(examination, clients, image.region);
  if (caller === undefined) {
    for (const one of ['time of the credentials', 'image repository', 'images'])
      examination.skip(one, 'because of AWS credentials');
  } else {
    await examineExpiry(
      examination,
      clients,
      scenes.map(({ targets }) => targets),
      now,
    );
    await examineBuilder(examination, question);
  }

  for (const { name, role, region, targets, allowAdmin = false } of scenes) {
    const roleCheck = `${name}: role`;
    const who = caller === undefined ? undefined : await examineRole(examination, roleCheck, { clients, role, region });
    if (who === undefined)
      examination.skip(`${name}: rights`, `because of ${caller === undefined ? 'AWS credentials' : roleCheck}`);
    else await examineRights(examination, `${name}: rights`, { clients, role, region, allowed: allowAdmin });
    for (const target of targets) {
      const why = `because of ${caller === undefined ? 'AWS credentials' : roleCheck}`;
      if (who === undefined) skipService(examination, target, why);
      else {
        await examineService(examination, {
          ecs: who.ecs(target.region),
          target,
          platform: image.platform,
          requireCircuitBreaker: question.embedded && !awsIsLocal(question.env),
        });
      }
      await examineHealth(examination, target, question.top);
    }
  }
}

async function examineBuilder(examination: Examination, { clients, setUp, commit }: AwsQuestion): Promise<void> {
  const { role, region } = setUp.image;
  const check = 'role that pushes images';
  const builder = await examineRole(examination, check, { clients, role, region });
  if (builder !== undefined) return examineImages(examination, builder.ecr(region), setUp.image, commit);
  for (const one of ['image repository', 'images']) examination.skip(one, `because of ${check}`);
}
