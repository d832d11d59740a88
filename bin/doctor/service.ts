import { DescribeServicesCommand, DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { ECSClient, TaskDefinition } from '@aws-sdk/client-ecs';
import { asTypedError } from '../../activities/aws/errors';
import { viewOfService } from '../../activities/ecs/views';
import { isMoving } from '../../model/doctor/image-name';
import { TypedError } from '../../model/failures';
import type { Platform } from '../../model/plan';
import { objectionsTo } from '../../model/preflight';
import { familyOf, primaryOf, revisionName } from '../../model/service-view';
import type { ServiceView } from '../../model/service-view';
import type { ServiceTarget } from '../../model/target';
import type { Examination } from './examination';
import { nameOf } from './names';
import { examineReads } from './reads';
import { Trouble } from './trouble';

const PARTS = ['service', 'task definition', 'container and room', 'image tags', 'deployments', 'tasks'];

export interface ServiceQuestion {
  ecs: ECSClient;
  target: ServiceTarget;
  platform: Platform;
  requireCircuitBreaker: boolean;
}

export function skipService({ skip }: Examination, target: ServiceTarget, why: string): void {
  for (const part of PARTS) skip(nameOf(target, part), why);
}

/** One service as a release will find it; only actions that a release needs as well are called. */
export async function examineService(examination: Examination, question: ServiceQuestion): Promise<void> {
  const { check, skip } = examination;
  const { ecs, target } = question;
  const name = (part: string): string => nameOf(target, part);
  const service = await check(name('service'), async (signal) => {
    const value = await readService(question, signal);
    return { found: `active, ${value.runningCount} of ${value.desiredCount} tasks run`, value };
  });
  if (service === undefined) {
    for (const part of PARTS.slice(1)) skip(name(part), `because of ${name('service')}`);
    return;
  }
  const definition = await check(name('task definition'), async (signal) => {
    const value = await readDefinition(question, service, signal);
    return { found: revisionName(value.taskDefinitionArn ?? ''), value };
  });
  if (definition === undefined) {
    for (const part of ['container and room', 'image tags']) skip(name(part), `because of ${name('task definition')}`);
  } else {
    await check(name('container and room'), () => Promise.resolve(judged(question, service, definition)));
    await check(name('image tags'), () => Promise.resolve(judgedTags(definition)));
  }
  await examineReads(examination, ecs, target);
}

async function readService({ ecs, target }: ServiceQuestion, abortSignal: AbortSignal): Promise<ServiceView> {
  const { cluster, region } = target;
  const service = target.service.service;
  const command = new DescribeServicesCommand({ cluster, services: [service] });
  const answer = await ecs.send(command, { abortSignal }).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ClusterNotFoundException') {
      throw new TypedError('TargetMissing', `There is no ECS cluster "${cluster}" in ${region}.`);
    }
    throw asTypedError(error, `ecs:DescribeServices of service ${service} in cluster ${cluster} (${region})`);
  });
  const found = answer.services?.[0];
  const view = found && viewOfService(found, target);
  if (view === undefined || view.status === 'INACTIVE') {
    const message = `There is no ECS service "${service}" in cluster "${cluster}" in ${region}.`;
    throw new TypedError('TargetMissing', message);
  }
  if (view.status === 'ACTIVE') return view;
  throw new Trouble(`It is ${view.status}.`, 'Create the service again once it is gone, or name another one.');
}

async function readDefinition(
  { ecs, target }: ServiceQuestion,
  service: ServiceView,
  abortSignal: AbortSignal,
): Promise<TaskDefinition> {
  const live = primaryOf(service)?.taskDefinitionArn;
  if (live === undefined) {
    throw new Trouble(
      `A service of controller ${service.controller} names none.`,
      'Sluice releases to services of controller ECS: create it anew with that.',
    );
  }
  const taskDefinition = target.service.from === 'live' ? live : familyOf(live);
  const command = new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] });
  const answer = await ecs.send(command, { abortSignal }).catch((error: unknown) => {
    throw asTypedError(error, `ecs:DescribeTaskDefinition of ${taskDefinition}`);
  });
  return answer.taskDefinition ?? {};
}

function judged(
  { target, platform, requireCircuitBreaker }: ServiceQuestion,
  service: ServiceView,
  definition: TaskDefinition,
) {
  const architecture = definition.runtimePlatform?.cpuArchitecture;
  const { container, allowZeroTasks } = target.service;
  const objections = objectionsTo(service, {
    container,
    containers: containersIn(definition).map(({ name }) => name),
    allowZeroTasks,
    requireCircuitBreaker,
    platform,
    ...(architecture !== undefined && { architecture }),
  });
  if (objections.length === 0) return { found: `"${container}", and ECS can replace its tasks`, value: true };
  throw new Trouble(objections.join('\n'), 'Change the service, or release.yml (policy.yml), as each line says.');
}

function judgedTags(definition: TaskDefinition) {
  const moving = containersIn(definition).filter(({ image }) => isMoving(image));
  if (moving.length === 0) return { found: 'no container runs `latest`', value: true };
  return {
    found: moving.map(({ name, image }) => `container "${name}" runs ${image}`).join(', '),
    value: true,
    fix: 'Name it by a tag that stays, better by digest: nobody can say what `latest` was when a rollback needs it.',
  };
}

function containersIn({ containerDefinitions = [] }: TaskDefinition): { name: string; image: string }[] {
  return containerDefinitions.map(({ name = '', image = '' }) => ({ name, image }));
}
