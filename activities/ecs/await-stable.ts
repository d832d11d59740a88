import type { JsonObject } from '../../model/json';
import { judgeRollout, NOTHING_SEEN, timeIsOver } from '../../model/rollout';
import type { RolloutMemory, RolloutQuestion, RolloutSnapshot } from '../../model/rollout';
import { motionOf, primaryOf, revisionName } from '../../model/service-view';
import type { TaskView } from '../../model/service-view';
import { meaningOfStop } from '../../model/stopped-task';
import type { RolloutEnd, ServiceDeploymentRef, ServiceTarget } from '../../model/target';
import { containersOf } from '../../model/task-definition';
import { whileHeartbeating } from '../heartbeating';
import type { EcsContext } from './deps';
import { digestsListedBy } from './index-digests';
import { readLogTail } from './log-tail';
import { deadlineOf, watch } from './patience';
import type { ServiceAccess } from './service-access';
import { deploymentOf } from './service-deployment-search';
import { readTaskDefinition } from './task-definition-wire';

/** Output reaches CloudWatch seconds after a task stopped: a verdict waits for it this many looks. */
const LOOKS_FOR_OUTPUT = 3;

export interface AwaitStable {
  target: ServiceTarget;
  deployment: ServiceDeploymentRef;
  /** That running tasks must carry; null where none is asked for. */
  imageDigest: string | null;
  /** From when the wait was first scheduled, so that a retry does not begin it anew. */
  withinMs: number;
}

export function stableActivities(context: EcsContext) {
  return {
    /**
     * Waits until ECS says that our deployment succeeded and running tasks prove it, or until its failure is certain
     * (design rules 6.1 to 6.4). Reads only, and begins from nothing when retried.
     *
     * Throws `Unavailable` when AWS did not answer for minutes: then nothing can be claimed.
     */
    async awaitStable({ target, deployment, imageDigest, withinMs }: AwaitStable): Promise<RolloutEnd> {
      const access = context.access(target);
      return whileHeartbeating(`following ${deployment.deploymentId}`, async (progress) => {
        const look = await followRollout(context, access, deployment, imageDigest);
        return watch<RolloutEnd>({
          look,
          say: (text) => progress.say(text),
          ...context.limits,
          deadline: deadlineOf(withinMs),
          late: (seen) => timeIsOver(withinMs, seen),
        });
      });
    },

    /**
     * Waits until nothing rolls at the service any more, whoever began it, and makes no verdict: for a deployment found
     * in flight before ours. Reads only.
     */
    async awaitSettled({ target, withinMs }: { target: ServiceTarget; withinMs: number }): Promise<Settled> {
      const access = context.access(target);
      return whileHeartbeating('waiting for another deployment to end', async (progress) => {
        return watch<Settled>({
          look: () => lookForRest(access),
          say: (text) => progress.say(text),
          ...context.limits,
          deadline: deadlineOf(withinMs),
          late: (seen) => ({ settled: false, cause: `still moving after ${Math.round(withinMs / 1000)} s: ${seen}` }),
        });
      });
    },
  };
}

export interface Settled {
  settled: boolean;
  /** What the service settled on, or what was seen last. */
  cause: string;
}

async function lookForRest(access: ServiceAccess) {
  const service = await access.existingService();
  const newest = await access.newestServiceDeployment();
  const primary = primaryOf(service);
  const name = revisionName(primary?.taskDefinitionArn ?? '');
  const progress = `${primary?.runningCount ?? 0} of ${service.desiredCount} tasks of ${name} running`;
  const still = motionOf(service, newest ?? undefined) !== 'moving';
  return { end: still ? { settled: true, cause: `settled on ${name}` } : null, progress };
}

/** The looks at one rollout, with what they remember of each other. */
async function followRollout(
  context: EcsContext,
  access: ServiceAccess,
  deployment: ServiceDeploymentRef,
  imageDigest: string | null,
) {
  const { target } = access;
  const { container, failAfterStops, allowZeroTasks } = target.service;
  const { definition } = await readTaskDefinition(access.client, deployment.taskDefinitionArn);
  const output = rememberOutput((task) => readLogTail(context, target, definition, task));
  const question: RolloutQuestion = {
    deployment,
    container,
    digests: imageDigest === null ? null : [imageDigest],
    failAfterStops,
    allowZeroTasks,
  };
  let memory: RolloutMemory = NOTHING_SEEN;
  let arn = deployment.serviceDeploymentArn;

  return async () => {
    const service = await access.service();
    arn ??= (await deploymentOf(access, deployment.taskDefinitionArn))?.arn;
    const ours = arn === undefined ? null : await access.serviceDeployment(arn);
    const revision = ours?.targetRevisionArn === undefined ? undefined : await access.revision(ours.targetRevisionArn);
    const tasks = await output.addTo(await access.tasks(), deployment.deploymentId);
    const snapshot: RolloutSnapshot = { service, ours, tasks, revisionDigests: revision?.digests ?? {} };
    await acceptListed(context, target, definition, question, snapshot);
    const { end, progress, memory: next } = judgeRollout(snapshot, question, memory);
    memory = next;
    const early = end !== null && end.kind !== 'succeeded' && output.isMissing(Object.keys(memory.stops));
    return { end: early ? null : end, progress };
  };
}

/** A task may name the manifest of its platform where we know the index: then those that the index lists count too. */
async function acceptListed(
  context: EcsContext,
  target: ServiceTarget,
  definition: JsonObject,
  question: RolloutQuestion,
  { tasks }: RolloutSnapshot,
): Promise<void> {
  const [own, ...listed] = question.digests ?? [];
  if (own === undefined || listed.length > 0) return;
  const { container, deployment } = question;
  const stranger = tasks
    .filter((task) => task.lastStatus === 'RUNNING' && task.taskDefinitionArn === deployment.taskDefinitionArn)
    .flatMap(({ containers }) => containers)
    .some(({ name, digest }) => name === container && digest !== undefined && digest !== own);
  const reference = containersOf(definition).find(({ name }) => name === container)?.image;
  if (!stranger || reference === undefined) return;
  question.digests = [own, ...(await digestsListedBy(context, target, reference, own))];
}

/** Reads each failed task's output once it is there, and keeps it: ECS forgets the task, and others may fail meanwhile. */
function rememberOutput(read: (task: TaskView) => Promise<string[]>) {
  const tails = new Map<string, string[]>();
  const looks = new Map<string, number>();
  return {
    async addTo(tasks: TaskView[], deploymentId: string): Promise<TaskView[]> {
      const withOutput: TaskView[] = [];
      for (const task of tasks) {
        const known = tails.get(task.arn);
        const tried = looks.get(task.arn) ?? 0;
        const wanted = task.startedBy === deploymentId && hasOutput(task) && meaningOfStop(task) !== 'benign';
        if (wanted && known === undefined && tried < LOOKS_FOR_OUTPUT) {
          const lines = await read(task);
          looks.set(task.arn, tried + 1);
          if (lines.length > 0) tails.set(task.arn, lines);
        }
        const logTail = tails.get(task.arn);
        withOutput.push(logTail === undefined ? task : { ...task, logTail });
      }
      return withOutput;
    },
    /** Whether the newest of these stopped tasks may yet get its output. */
    isMissing(arns: string[]): boolean {
      const last = arns.at(-1);
      if (last === undefined || tails.has(last)) return false;
      const tried = looks.get(last);
      return tried !== undefined && tried < LOOKS_FOR_OUTPUT;
    },
  };
}

/** A task that never started a container wrote nothing. */
function hasOutput(task: TaskView): boolean {
  return task.stopCode !== undefined && task.containers.some(({ exitCode }) => exitCode !== undefined);
}
