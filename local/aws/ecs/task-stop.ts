import type { StopCode, Task } from './records';

/** Asks the task to stop, for this cause; the first cause stands. Answers whether this call was the first. */
export function requestStop(task: Task, stopCode: StopCode, reason: string): boolean {
  if (task.desiredStatus === 'STOPPED') return false;
  task.desiredStatus = 'STOPPED';
  task.stopCode = stopCode;
  task.stoppedReason = reason;
  task.times.stoppingAt = Date.now();
  task.version += 1;
  task.stop.abort();
  return true;
}
