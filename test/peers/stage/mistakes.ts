import type { FaultKind } from '../../../local/aws/faults';
import type { JsonObject } from '../../../model/json';
import { ask, attempt, signed } from './calls';
import type { Peers } from './peers';
import { CLUSTER } from './peers';

const ARN = 'arn:aws:ecs:eu-west-1:000000000000';
const container = (more: JsonObject = {}): JsonObject => ({ name: 'app', image: 'app', ...more });
const named = { cluster: CLUSTER, service: 'nobody' };

/** Well-formed requests that AWS refuses, with the code of its error. */
const MISTAKES: [action: string, input: JsonObject, code: string][] = [
  ['ecr:CreateRepository', { repositoryName: 'Not A Name' }, 'InvalidParameterException'],
  ['ecr:CreateRepository', { repositoryName: 'api' }, 'RepositoryAlreadyExistsException'],
  ['ecr:DescribeRepositories', { repositoryNames: ['nobody'] }, 'RepositoryNotFoundException'],
  ['ecr:DescribeImages', { repositoryName: 'nobody' }, 'RepositoryNotFoundException'],
  ['ecr:DescribeImages', { repositoryName: 'api', imageIds: [{ imageTag: 'none' }] }, 'ImageNotFoundException'],
  ['ecr:BatchGetImage', { repositoryName: 'nobody', imageIds: [{ imageTag: 'one' }] }, 'RepositoryNotFoundException'],
  ['ecr:PutImage', { repositoryName: 'nobody', imageManifest: '{}' }, 'RepositoryNotFoundException'],
  ['ecr:PutImage', { repositoryName: 'api', imageManifest: 'no JSON' }, 'InvalidParameterException'],
  ['ecs:CreateCluster', { clusterName: 'not a name' }, 'InvalidParameterException'],
  ['ecs:DescribeClusters', { clusters: Array.from({ length: 101 }, String) }, 'InvalidParameterException'],
  ['ecs:RegisterTaskDefinition', { family: 'api', containerDefinitions: [] }, 'ClientException'],
  ['ecs:RegisterTaskDefinition', { family: '§', containerDefinitions: [container()] }, 'ClientException'],
  [
    'ecs:RegisterTaskDefinition',
    { family: 'api', containerDefinitions: [container(), container()] },
    'ClientException',
  ],
  ['ecs:DescribeTaskDefinition', { taskDefinition: 'nobody:1' }, 'ClientException'],
  ['ecs:DeregisterTaskDefinition', { taskDefinition: 'nobody:1' }, 'ClientException'],
  ['ecs:ListTaskDefinitions', { maxResults: 101 }, 'InvalidParameterException'],
  ['ecs:TagResource', { resourceArn: `${ARN}:cluster/none`, tags: [] }, 'InvalidParameterException'],
  ['ecs:ListTagsForResource', { resourceArn: `${ARN}:cluster/none` }, 'InvalidParameterException'],
  ['ecs:CreateService', { cluster: 'none', serviceName: 'x', taskDefinition: 'api' }, 'ClusterNotFoundException'],
  ['ecs:CreateService', { cluster: CLUSTER, serviceName: 'api', taskDefinition: 'api' }, 'InvalidParameterException'],
  ['ecs:CreateService', { cluster: CLUSTER, serviceName: 'x', taskDefinition: 'nobody' }, 'ClientException'],
  [
    'ecs:CreateService',
    { cluster: CLUSTER, serviceName: 'x', taskDefinition: 'api', schedulingStrategy: 'DAEMON' },
    'UnsupportedFeatureException',
  ],
  ['ecs:UpdateService', named, 'ServiceNotFoundException'],
  ['ecs:UpdateService', { ...named, cluster: 'none' }, 'ClusterNotFoundException'],
  ['ecs:DescribeServices', { cluster: 'none', services: ['api'] }, 'ClusterNotFoundException'],
  ['ecs:DescribeServices', { cluster: CLUSTER, services: [] }, 'InvalidParameterException'],
  ['ecs:ListTasks', { cluster: 'none' }, 'ClusterNotFoundException'],
  ['ecs:ListTasks', { cluster: CLUSTER, serviceName: 'nobody' }, 'ServiceNotFoundException'],
  ['ecs:DescribeTasks', { cluster: 'none', tasks: ['x'] }, 'ClusterNotFoundException'],
  ['ecs:DescribeTasks', { cluster: CLUSTER, tasks: [] }, 'InvalidParameterException'],
  ['ecs:StopTask', { cluster: CLUSTER, task: 'nobody' }, 'InvalidParameterException'],
  ['ecs:ListServiceDeployments', named, 'ServiceNotFoundException'],
  ['ecs:DescribeServiceDeployments', { serviceDeploymentArns: [] }, 'InvalidParameterException'],
  ['ecs:DescribeServiceRevisions', { serviceRevisionArns: [] }, 'InvalidParameterException'],
  [
    'ecs:StopServiceDeployment',
    { serviceDeploymentArn: `${ARN}:service-deployment/${CLUSTER}/api/nobody` },
    'ServiceDeploymentNotFoundException',
  ],
  ['logs:GetLogEvents', { logGroupName: 'none', logStreamName: 'none' }, 'ResourceNotFoundException'],
  ['logs:GetLogEvents', { logGroupName: '/ecs/api', logStreamName: 'none' }, 'ResourceNotFoundException'],
];

/** Makes each mistake; answers those that were not refused as AWS refuses them. */
export async function makeMistakes({ endpoint }: Peers): Promise<string[]> {
  const others: string[] = [];
  for (const [action, input, code] of MISTAKES) {
    const answer = await attempt(endpoint, action, input);
    if (answer.code !== code)
      others.push(`${action} ${JSON.stringify(input)}: ${answer.code ?? 'no error'}, not ${code}`);
  }
  return others;
}

/** One action of each service, for what all actions have in common. */
const ONE_OF_EACH: Record<string, JsonObject> = {
  'ecr:GetAuthorizationToken': {},
  'ecs:ListTasks': { cluster: CLUSTER },
  'logs:GetLogEvents': { logGroupName: '/ecs/api', logStreamName: 'none' },
  'sts:GetCallerIdentity': {},
};

/** Has every service answer each fault that is an error; answers the codes. */
export async function makeFaults({ aws, endpoint }: Peers): Promise<Record<string, (string | undefined)[]>> {
  const codes: Record<string, (string | undefined)[]> = {};
  for (const [action, input] of Object.entries(ONE_OF_EACH)) {
    for (const kind of ['throttle', 'error', 'deny'] satisfies FaultKind[]) {
      aws.faults.add({ action, kind });
      codes[action] = [...(codes[action] ?? []), (await attempt(endpoint, action, input)).code];
    }
  }
  return codes;
}

/** What no client of AWS sends: no signature, one for elsewhere, no JSON, another type, too much; answers the codes. */
export async function makeNonsense({ endpoint }: Peers): Promise<Record<string, (string | undefined)[]>> {
  const codes: Record<string, (string | undefined)[]> = {};
  const send = async (name: string, action: string, body: string, headers = {}): Promise<void> => {
    codes[name] = [...(codes[name] ?? []), (await ask(endpoint, action, body, headers)).code];
  };
  for (const action of Object.keys(ONE_OF_EACH)) {
    const [service = '', operation = ''] = action.split(':');
    const isSts = service === 'sts';
    await send(action, action, isSts ? `Action=${operation}` : '{}', { authorization: undefined });
    if (isSts) continue;
    await send(action, action, '{}', { authorization: signed(service, { region: 'us-east-1' }) });
    await send(action, action, '{');
  }
  await send('another type', 'ecs:ListTasks', '{"cluster":1}');
  await send('too much', 'ecs:ListTasks', JSON.stringify({ cluster: 'x'.repeat(17 * 2 ** 20) }));
  return codes;
}
