import type { JsonObject } from '../../../model/json';
import { CLUSTER } from './peers';

/** What releaseByHand (./by-hand.ts) asks for, with as many members in it as AWS would show again. */

export const SERVICE = 'api';
export const GROUP = '/ecs/api';

export const CLUSTER_INPUT: JsonObject = {
  clusterName: CLUSTER,
  tags: [{ key: 'stage', value: 'production' }],
  settings: [{ name: 'containerInsights', value: 'disabled' }],
  capacityProviders: ['FARGATE'],
  defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
};

export function definitionOf(image: string): JsonObject {
  return {
    family: SERVICE,
    cpu: '256',
    memory: '512',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    tags: [{ key: 'team', value: 'shop' }],
    volumes: [{ name: 'scratch' }],
    containerDefinitions: [
      {
        name: 'app',
        image,
        portMappings: [{ containerPort: 8080, name: 'http', appProtocol: 'http' }],
        environment: [{ name: 'GREETING', value: 'hello' }],
        mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch' }],
        healthCheck: { command: ['CMD', 'node', '-e', '0'], interval: 5, timeout: 5, retries: 2, startPeriod: 0 },
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': GROUP, 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'ecs' },
        },
        stopTimeout: 5,
        ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 4096 }],
      },
    ],
  };
}

export function serviceOf(taskDefinition: string, targetGroupArn: string): JsonObject {
  return {
    cluster: CLUSTER,
    serviceName: SERVICE,
    taskDefinition,
    desiredCount: 1,
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    clientToken: 'once',
    tags: [{ key: 'team', value: 'shop' }],
    propagateTags: 'SERVICE',
    enableExecuteCommand: false,
    availabilityZoneRebalancing: 'DISABLED',
    healthCheckGracePeriodSeconds: 5,
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'DISABLED' } },
    serviceConnectConfiguration: { enabled: false },
    volumeConfigurations: [],
    vpcLatticeConfigurations: [],
    deploymentConfiguration: {
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
  };
}
