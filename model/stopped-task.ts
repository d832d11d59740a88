import type { ContainerView, TaskView } from './service-view';
import { taskId } from './service-view';

/**
 * What a stopped task says about the revision that it ran: `fatal` at the first sight of it, `counts` when it happens a
 * few times, `benign` never.
 */
export type StopMeaning = 'fatal' | 'counts' | 'benign';

/** Reasons that another try will not cure. Matched at the start: AWS words what follows as it likes. */
const FATAL_REASON = /^(?:CannotPull|ResourceInitializationError|CannotStartContainer|CannotCreateContainer)/;
/** The same reasons when the network or a rate limit is to blame: they may pass. */
const MAY_PASS =
  /timeout|timed out|deadline exceeded|toomanyrequests|rate limit|\b50[0234]\b|connection reset|temporary failure|no such host/i;
/** An image for another architecture: the container starts, prints this and ends. */
const WRONG_FORMAT = /exec format error/i;
/** How ECS words a stop by the scheduler for which the task itself gave cause. */
const FAILED_HEALTH_CHECK = /failed .*health checks?/i;
/** Trouble of the platform that no task definition causes. */
const PLATFORM = /capacity is unavailable|network interface provisioning|internal ?error|RESOURCE:|host EC2/i;

export function meaningOfStop(task: TaskView): StopMeaning {
  const reason = reasonOf(task);
  switch (task.stopCode) {
    case 'EssentialContainerExited':
      return isWrongFormat(task) ? 'fatal' : 'counts';
    case 'TaskFailedToStart':
      if (isWrongFormat(task)) return 'fatal';
      if (FATAL_REASON.test(reason)) return MAY_PASS.test(reason) ? 'counts' : 'fatal';
      return PLATFORM.test(reason) ? 'benign' : 'counts';
    case 'ServiceSchedulerInitiated':
      return FAILED_HEALTH_CHECK.test(task.stoppedReason ?? '') ? 'counts' : 'benign';
    default:
      // UserInitiated, SpotInterruption, TerminationNotice, InfrastructureHealth, and codes that do not exist yet.
      return 'benign';
  }
}

/** Stop code, reason, exit codes and the last lines of output, as the cause of a failure names them. */
export function describeStop(task: TaskView): string {
  const parts = [
    [task.stopCode, task.stoppedReason].filter((text) => text !== undefined && text !== '').join(': '),
    ...task.containers.filter(saysSomething).map(describeContainer),
  ].filter((part) => part !== '');
  const lines = task.logTail?.length ? `; last output: ${task.logTail.join(' ⏎ ')}` : '';
  return `task ${taskId(task.arn)} stopped (${parts.join('; ')})${lines}`;
}

/** The container whose output explains the stop: the one that failed, else the first. */
export function containerToBlame(task: TaskView): ContainerView | undefined {
  return task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0) ?? task.containers[0];
}

function saysSomething({ exitCode, reason }: ContainerView): boolean {
  return exitCode !== undefined || reason !== undefined;
}

function describeContainer({ name, exitCode, reason }: ContainerView): string {
  return [name, exitCode === undefined ? '' : `exit code ${exitCode}`, reason ?? '']
    .filter((part) => part !== '')
    .join(', ');
}

function reasonOf(task: TaskView): string {
  const words = [task.stoppedReason, ...task.containers.map(({ reason }) => reason)].filter(
    (text) => text !== undefined,
  );
  return words.find((text) => FATAL_REASON.test(text)) ?? words.join(' ');
}

function isWrongFormat(task: TaskView): boolean {
  return [task.stoppedReason, ...task.containers.map(({ reason }) => reason), ...(task.logTail ?? [])].some(
    (text) => text !== undefined && WRONG_FORMAT.test(text),
  );
}
