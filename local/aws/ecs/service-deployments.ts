import { AwsError } from '../contract';
import type { Action, JsonObject } from '../contract';
import { invalid, requiredText, text, texts } from '../input';
import { describeEach, inSeconds, page } from './answers';
import type { ServiceDeployment, ServiceRevision } from './records';
import { isInFlight } from './rollout';
import { clusterOf, pinnedReference, serviceOf } from './world';
import type { World } from './world';

const MOST_DESCRIBED = 20;

/** ListServiceDeployments, DescribeServiceDeployments, StopServiceDeployment, DescribeServiceRevisions. */
export function serviceDeploymentActions(world: World): Record<string, Action> {
  return {
    ListServiceDeployments: (input) => {
      const service = serviceOf(world, clusterOf(world, input), requiredText(input, 'service'));
      const statuses = texts(input, 'status');
      const found = service.serviceDeployments.filter(({ status }) => !statuses || statuses.includes(status));
      const { items, nextToken } = page(found, input);
      return { serviceDeployments: items.map(briefView), nextToken };
    },
    DescribeServiceDeployments: (input) => {
      return describeEach(input, 'serviceDeploymentArns', {
        most: MOST_DESCRIBED,
        as: 'serviceDeployments',
        find: (arn) => world.serviceDeployments.get(arn),
        view: deploymentView,
      });
    },
    DescribeServiceRevisions: (input) => {
      return describeEach(input, 'serviceRevisionArns', {
        most: MOST_DESCRIBED,
        as: 'serviceRevisions',
        find: (arn) => world.serviceRevisions.get(arn),
        view: revisionView,
      });
    },
    StopServiceDeployment: (input) => {
      const deployment = world.serviceDeployments.get(requiredText(input, 'serviceDeploymentArn'));
      if (!deployment) throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.');
      const stopType = text(input, 'stopType') ?? 'ROLLBACK';
      if (stopType !== 'ROLLBACK' && stopType !== 'ABORT') throw invalid('stopType must be ROLLBACK or ABORT.');
      if (!isInFlight(deployment)) {
        const message = `The service deployment is ${deployment.status} and cannot be stopped.`;
        throw new AwsError('ConflictException', message);
      }
      // One that already returns goes on to do so: AWS takes the request, and nothing changes.
      if (!deployment.status.startsWith('ROLLBACK')) {
        deployment.status = stopType === 'ABORT' ? 'STOP_REQUESTED' : 'ROLLBACK_REQUESTED';
        deployment.times.updatedAt = Date.now();
        world.onChange(deployment.service);
      }
      return { serviceDeploymentArn: deployment.arn };
    },
  };
}

function briefView(deployment: ServiceDeployment): JsonObject {
  const { service } = deployment;
  const { updatedAt: _updated, stoppedAt: _stopped, ...times } = deployment.times;
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    targetServiceRevisionArn: deployment.target.arn,
    status: deployment.status,
    statusReason: deployment.statusReason,
    ...inSeconds(times),
  };
}

function deploymentView(deployment: ServiceDeployment): JsonObject {
  const { targetServiceRevisionArn: _arn, ...brief } = briefView(deployment);
  const { rollback } = deployment;
  return {
    ...brief,
    ...inSeconds(deployment.times),
    sourceServiceRevisions: deployment.sources.map(({ arn }) => ({ arn })),
    targetServiceRevision: { arn: deployment.target.arn },
    rollback: rollback && {
      reason: rollback.reason,
      ...inSeconds({ startedAt: rollback.startedAt }),
      serviceRevisionArn: rollback.revision.arn,
    },
  };
}

function revisionView(revision: ServiceRevision): JsonObject {
  return {
    ...revision.settings,
    serviceRevisionArn: revision.arn,
    serviceArn: revision.service.arn,
    clusterArn: revision.service.cluster.arn,
    taskDefinition: revision.taskDefinition.arn,
    containerImages: revision.taskDefinition.containers.map((container) => {
      const name = text(container, 'name') ?? '';
      const image = text(container, 'image') ?? '';
      const digest = revision.images.get(name)?.digest;
      return { containerName: name, image: digest ? pinnedReference(image, digest) : image, imageDigest: digest };
    }),
    ...inSeconds({ createdAt: revision.createdAt }),
  };
}
