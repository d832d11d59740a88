/**
 * What ministack 1.5.33 does otherwise than AWS, as far as a release meets it, and what these tests do about it. Each is
 * held by deviations.test.ts, so that one that is mended shows. The product knows none of them.
 */
export interface Deviation {
  id: string;
  aws: string;
  ministack: string;
  /**
   * `corrects`: stage/corrections.ts changes the answer on its way. `leaves out`: scenarios that cannot be held here.
   * `arranges`: the stage sets things up so that it does not matter. `nothing`: the product goes right all the same.
   */
  suite: { does: 'corrects' | 'leaves out' | 'arranges' | 'nothing'; because: string };
}

export const DEVIATIONS = [
  {
    id: 'registry-host',
    aws: 'repositoryUri and proxyEndpoint name a host where the registry answers.',
    ministack: 'repositoryUri and proxyEndpoint name *.amazonaws.com, though its registry is on its own port',
    suite: { does: 'corrects', because: 'images could not be pushed; the product does not read proxyEndpoint.' },
  },
  {
    id: 'started-by',
    aws: "startedBy of a service's task is the id of the deployment that started it (API reference, Task).",
    ministack: "startedBy of a service's task is the name of the service",
    suite: { does: 'corrects', because: 'nothing else tells whose evidence a stopped task is.' },
  },
  {
    id: 'no-stop',
    aws: 'StopServiceDeployment turns a rollout round.',
    ministack: 'StopServiceDeployment is not there',
    suite: { does: 'leaves out', because: 'an abort in mid-rollout goes by UpdateService here, as on older services.' },
  },
  {
    id: 'no-service-deployments',
    aws: 'Every deployment since October 2024 is a service deployment of a service revision, listed and described.',
    ministack: 'no deployment is listed as a service deployment',
    suite: {
      does: 'leaves out',
      because: 'its states cannot be held; the verdict goes by deployment id and rolloutState.',
    },
  },
  {
    id: 'failed-stays',
    aws: 'A failed deployment leaves deployments[] once its tasks are gone.',
    ministack: 'a failed deployment stays in deployments[], also after others completed',
    suite: { does: 'nothing', because: 'the verdict is about our own deployment; services-stable is never asked.' },
  },
  {
    id: 'rollback-reuses',
    aws: 'The primary deployment of a rollback says "rolling back to deploymentId ..."; its own id is not documented.',
    ministack: "a rollback is the former deployment once more, under its old id, and its reason is not in AWS's words",
    suite: {
      does: 'nothing',
      because: 'a primary that is not ours, beside ours that failed, is a rollback in any words.',
    },
  },
  {
    id: 'drained-by-user',
    aws: 'Tasks of the former deployment stop with ServiceSchedulerInitiated.',
    ministack: 'tasks of the former deployment stop with UserInitiated',
    suite: { does: 'nothing', because: 'neither is evidence against a revision.' },
  },
  {
    id: 'created-completed',
    aws: 'The first deployment of a service is IN_PROGRESS until its tasks run.',
    ministack: 'the first deployment of a service is COMPLETED before anything runs',
    suite: { does: 'arranges', because: 'the stage waits for the tasks themselves before a release begins.' },
  },
  {
    id: 'no-back-off',
    aws: 'Tasks that keep failing are started at growing intervals.',
    ministack: 'tasks that keep failing are started again at once where no circuit breaker counts them',
    suite: { does: 'arranges', because: 'every service has its circuit breaker on.' },
  },
  {
    id: 'ignored-settings',
    aws: 'entryPoint, memory and healthCheck of a container definition hold.',
    ministack: 'entryPoint, memory and healthCheck of a container definition are ignored',
    suite: {
      does: 'leaves out',
      because: 'tasks that run out of memory or fail their health check are not to be had.',
    },
  },
  {
    id: 'host-ports',
    aws: 'A task in host mode may list portMappings.',
    ministack: 'a task in host mode with portMappings does not start',
    suite: { does: 'arranges', because: 'tasks are in host mode without portMappings, and are told their port.' },
  },
  {
    id: 'phantom-revision',
    aws: 'UpdateService refuses a task definition that does not exist.',
    ministack: 'UpdateService to a task definition that does not exist reports its tasks as running',
    suite: { does: 'nothing', because: 'success is proved by tasks and their digests, never by counts.' },
  },
  {
    id: 'missing-image',
    aws: 'DescribeImages of a tag that is not there throws ImageNotFoundException.',
    ministack: 'DescribeImages of a tag that is not there answers an empty list',
    suite: { does: 'nothing', because: 'either means that the image has to be built.' },
  },
  {
    id: 'nulls-and-blanks',
    aws: 'Members without a value are left out.',
    ministack: 'members without a value are null in task definitions, and blank in running tasks (stopCode)',
    suite: { does: 'nothing', because: 'a copy is registered without nulls, and a blank stop code means no stop.' },
  },
  {
    id: 'unknown-fields',
    aws: 'A task definition keeps all fields of the API, of which there are more each year.',
    ministack: 'a task definition loses the fields that it does not know, such as enableFaultInjection',
    suite: { does: 'leaves out', because: 'that Sluice keeps such fields shows on the local AWS (test/e2e).' },
  },
  {
    id: 'open-registry',
    aws: 'The registry wants a token.',
    ministack: 'the registry lets everybody in, also where the API checks signatures and policies',
    suite: { does: 'leaves out', because: 'a refused push shows on the local AWS (test/e2e).' },
  },
  {
    id: 'policies-by-cluster',
    aws: "ecs:DescribeServices is decided on the service's ARN (service authorization reference).",
    ministack: "ecs:DescribeServices is decided on the cluster's ARN",
    suite: { does: 'arranges', because: "Sluice's role is held to its actions only, on all resources." },
  },
] as const satisfies readonly Deviation[];

export type DeviationId = (typeof DEVIATIONS)[number]['id'];
