import type { Json, JsonObject } from '../../../model/json';
import { isJsonObject, objectsOf, textOf } from '../../../model/json';

/** What ministack's answers say that AWS never does; each is an entry of ../deviations.ts that says why. */
export interface Corrections {
  /** The answer to `service:action` as AWS would have worded it. */
  apply(action: string, answer: JsonObject): JsonObject;
}

interface KnownDeployment {
  id: string;
  taskDefinition: string;
  createdAt: number;
}

/** `registryHost` is where ministack's registry really is. */
export function correctionsFor(registryHost: string): Corrections {
  /** All deployments that any answer has shown, by service name: a task may outlive its deployment's entry. */
  const deployments = new Map<string, Map<string, KnownDeployment>>();

  const remember = (service: JsonObject): void => {
    const name = textOf(service['serviceName']) ?? '';
    const known = deployments.get(name) ?? new Map<string, KnownDeployment>();
    deployments.set(name, known);
    for (const one of objectsOf(service['deployments'])) {
      const id = textOf(one['id']) ?? '';
      const taskDefinition = textOf(one['taskDefinition']) ?? '';
      known.set(id, { id, taskDefinition, createdAt: Number(one['createdAt']) });
    }
  };

  /** Deviation `started-by`: of the deployments of its revision, the newest that is not younger than the task. */
  const startedBy = (task: JsonObject): JsonObject => {
    const service = /^service:(.+)$/.exec(textOf(task['group']) ?? '')?.[1];
    if (service === undefined) return task;
    const [newest] = [...(deployments.get(service)?.values() ?? [])]
      .filter(({ taskDefinition }) => taskDefinition === task['taskDefinitionArn'])
      .filter(({ createdAt }) => createdAt <= Number(task['createdAt']))
      .sort((a, b) => b.createdAt - a.createdAt);
    return newest === undefined ? task : { ...task, startedBy: newest.id };
  };

  /** Deviation `registry-host`. */
  const reachable = (repository: JsonObject): JsonObject => ({
    ...repository,
    repositoryUri: `${registryHost}/${textOf(repository['repositoryName']) ?? ''}`,
  });

  return {
    apply(action, answer) {
      for (const service of [answer['service'], ...objectsOf(answer['services'])]) {
        if (isJsonObject(service)) remember(service);
      }
      switch (action) {
        case 'ecr:CreateRepository':
          return changed(answer, 'repository', reachable);
        case 'ecr:DescribeRepositories':
          return changed(answer, 'repositories', reachable);
        case 'ecs:DescribeTasks':
          return changed(answer, 'tasks', startedBy);
        default:
          return answer;
      }
    },
  };
}

/** The answer with the object, or each object of the list, that `member` holds changed. */
function changed(answer: JsonObject, member: string, change: (one: JsonObject) => JsonObject): JsonObject {
  const value: Json | undefined = answer[member];
  if (value === undefined) return answer;
  return { ...answer, [member]: isJsonObject(value) ? change(value) : objectsOf(value).map(change) };
}
