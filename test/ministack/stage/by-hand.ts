import type { JsonObject } from '../../../model/json';
import { isJsonObject, objectsOf, textOf } from '../../../model/json';
import { waitFor } from '../../helpers/wait-for';
import type { Account } from './account';
import { CLUSTER } from './account';

/** Runs until it is told to stop. */
export const STEADY = "process.once('SIGTERM', () => process.exit(0)); setInterval(() => undefined, 1000)";
export const CRASHES = 'process.exit(1)';

/** ECS as a person uses it, past all corrections and without Sluice. */
export interface ByHand {
  /** A service whose tasks run this script. */
  createService(name: string, script?: string, service?: JsonObject): Promise<void>;
  /** UpdateService to a new revision that runs this script. Answers the service. */
  update(name: string, script: string): Promise<JsonObject>;
  describe(name: string): Promise<JsonObject>;
  /** Waits until the service's primary deployment is completed, and as many deployments are listed. */
  settled(name: string, deployments: number): Promise<JsonObject[]>;
  tasks(name: string, desiredStatus?: 'RUNNING' | 'STOPPED'): Promise<JsonObject[]>;
  /** One task of this definition, when it runs or has stopped. */
  runTask(family: string, container: JsonObject): Promise<JsonObject>;
}

export function byHand({ uncorrected: { ecs }, baseImage }: Account): ByHand {
  const register = async (family: string, container: JsonObject): Promise<string> => {
    const { taskDefinition = null } = await ecs('RegisterTaskDefinition', {
      family,
      networkMode: 'host',
      containerDefinitions: [{ name: 'main', image: baseImage, essential: true, memory: 128, ...container }],
    });
    return isJsonObject(taskDefinition) ? (textOf(taskDefinition['taskDefinitionArn']) ?? '') : '';
  };
  const describeTasks = async (tasks: JsonObject[string]): Promise<JsonObject[]> =>
    objectsOf((await ecs('DescribeTasks', { cluster: CLUSTER, tasks }))['tasks']);
  const run = (script: string): JsonObject => ({ command: ['node', '-e', script] });
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

  const describe: ByHand['describe'] = async (name) => {
    const { services } = await ecs('DescribeServices', { cluster: CLUSTER, services: [name] });
    return objectsOf(services)[0] ?? {};
  };
  return {
    async createService(serviceName, script = STEADY, service = {}) {
      const taskDefinition = await register(serviceName, run(script));
      const defaults = { desiredCount: 1, deploymentConfiguration: breaker };
      await ecs('CreateService', { cluster: CLUSTER, serviceName, taskDefinition, ...defaults, ...service });
    },
    async update(service, script) {
      const taskDefinition = await register(service, run(script));
      const answer = await ecs('UpdateService', { cluster: CLUSTER, service, taskDefinition });
      return objectsOf([answer['service'] ?? null])[0] ?? {};
    },
    describe,
    settled: (name, count) =>
      waitFor(`${name} to settle`, async () => {
        const deployments = objectsOf((await describe(name))['deployments']);
        const primary = deployments.find(({ status }) => status === 'PRIMARY');
        return deployments.length === count && primary?.['rolloutState'] === 'COMPLETED' && deployments;
      }),
    async tasks(serviceName, desiredStatus = 'RUNNING') {
      const { taskArns = [] } = await ecs('ListTasks', { cluster: CLUSTER, serviceName, desiredStatus });
      return describeTasks(taskArns);
    },
    async runTask(family, container) {
      const taskDefinition = await register(family, { ...run(STEADY), ...container });
      const { tasks } = await ecs('RunTask', { cluster: CLUSTER, taskDefinition });
      const arn = objectsOf(tasks)[0]?.['taskArn'] ?? null;
      return waitFor('the task to run or stop', async () => {
        const [task] = await describeTasks([arn]);
        return ['RUNNING', 'STOPPED'].includes(textOf(task?.['lastStatus']) ?? '') && task;
      });
    },
  };
}
