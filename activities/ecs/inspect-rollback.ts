import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { shortDigest } from '../../model/commit';
import { TypedError } from '../../model/failures';
import type { VerifiedRevision } from '../../model/messages';
import { objectionsTo } from '../../model/preflight';
import { whyNotReturnable } from '../../model/returnable';
import type { RollbackFinding } from '../../model/rollback';
import { primaryOf, revisionName } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import { ask, isAwsError } from './ask';
import type { EcsContext } from './deps';
import { readEarlierRevision } from './earlier-revision';
import { repositoryOf } from './image-reference';
import { maybe } from './views';

export interface InspectRollback {
  /** Of one environment. */
  targets: ServiceTarget[];
  revision: VerifiedRevision;
}

export interface RollbackProspect {
  findings: RollbackFinding[];
  /** `HOST/repository@digest` of the image that ran then; empty where it could not be read. */
  imageReference: string;
}

export function rollbackProspectActivities(context: EcsContext) {
  return {
    /**
     * Whether an environment could go back to a revision now: one finding for each thing that must hold. Reads only, and
     * therefore cannot know whether UpdateService would be allowed. Throws `Unavailable` where AWS does not answer.
     */
    async inspectRollback({ targets, revision }: InspectRollback): Promise<RollbackProspect> {
      const findings: RollbackFinding[] = [];
      let imageReference = '';
      for (const target of targets) {
        const found = await inspectService(context, target, revision);
        findings.push(...found.findings);
        imageReference ||= found.imageReference;
      }
      const looked = 'all that it takes to look is allowed; whether UpdateService is, only a rollback shows';
      if (findings.every(({ good }) => good)) findings.push({ what: 'rights', good: true, said: looked });
      return { findings, imageReference };
    },
  };
}

async function inspectService(
  context: EcsContext,
  target: ServiceTarget,
  revision: VerifiedRevision,
): Promise<RollbackProspect> {
  const { service, container, allowZeroTasks } = target.service;
  const access = context.access(target);
  const wanted = revision.taskDefinitions[service];
  let imageReference = '';

  const policy = await finding(`${service}: policy`, () => {
    context.authority.mayReturn(target);
    return 'this worker may return it';
  });
  const stands = await finding(`${service}: service`, async () => {
    // Of its containers what would run counts, not what does.
    const question = { container, containers: [container], allowZeroTasks, requireCircuitBreaker: false };
    const objections = objectionsTo(await access.existingService(), question);
    if (objections.length > 0) throw new TypedError('TargetUnsuitable', objections.join(' '));
    return 'it is there and can take a deployment';
  });
  const definition = await finding(`${service}: task definition`, async () => {
    if (wanted === undefined) throw new TypedError('TargetUnsuitable', 'it was not part of the environment then');
    const live = primaryOf(await access.existingService())?.taskDefinitionArn;
    const earlier = await readEarlierRevision(access.client, wanted, container);
    imageReference = earlier.image;
    const reason = whyNotReturnable(live, earlier, revision);
    if (reason !== undefined) throw new TypedError('TargetUnsuitable', reason);
    return `${revisionName(wanted)} is active and verified`;
  });
  if (imageReference === '') return { findings: [policy, stands, definition], imageReference };
  const image = await finding(`${service}: image`, () => storedImage(context, target, imageReference, revision.digest));
  return { findings: [policy, stands, definition, image], imageReference };
}

/** Listed is not pullable: an archived image is listed too. */
async function storedImage(
  { clientsOf }: EcsContext,
  target: ServiceTarget,
  reference: string,
  imageDigest: string,
): Promise<string> {
  const { repositoryName, registryId, region = target.region } = repositoryOf(reference);
  const command = new DescribeImagesCommand({
    repositoryName,
    ...maybe('registryId', registryId),
    imageIds: [{ imageDigest }],
  });
  const what = `${shortDigest(imageDigest)} in ECR repository ${repositoryName}`;
  const answer = await ask(`ecr:DescribeImages of ${what}`, (abort) =>
    clientsOf(target).ecr(region).send(command, abort),
  ).catch((error: unknown) => {
    if (!isAwsError(error, 'ImageNotFoundException')) throw error;
    throw new TypedError('TargetMissing', `there is no image ${what} any more, or it is archived`);
  });
  const status = answer.imageDetails?.[0]?.imageStatus ?? 'ACTIVE';
  if (status === 'ACTIVE') return `${what} is there`;
  throw new TypedError('TargetUnsuitable', `${what} is ${status.toLowerCase()} and cannot be pulled; restore it first`);
}

/** What AWS or we say no to is a finding; that AWS does not answer is none. */
async function finding(what: string, look: () => string | Promise<string>): Promise<RollbackFinding> {
  try {
    return { what, good: true, said: await look() };
  } catch (error) {
    if (!(error instanceof TypedError) || error.type === 'Unavailable') throw error;
    return { what, good: false, said: error.message.replace(/\.$/, '') };
  }
}
