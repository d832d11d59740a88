import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** The label of every container of a local AWS; its value is the instance. `reaper.mjs` knows both labels, too. */
export const LABEL = 'sluice.local-aws';
/** The image that was pulled for the container, where it was not there before. */
export const IMAGE_LABEL = 'sluice.local-aws.image';

/**
 * Names one local AWS of this process: `BOOT/PID-NAMESPACE/PID/START-TIME/RANDOM`. Whoever reads it in the same PID
 * namespace can tell whether the process still lives, although PIDs are given again (proc(5), field 22 of stat).
 */
export function nameInstance(): string {
  const stat = read(() => readFileSync('/proc/self/stat', 'utf8'));
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = read(() => readlinkSync('/proc/self/ns/pid'));
  return [boot, namespace, process.pid, startTime, randomBytes(4).toString('hex')].join('/');
}

/** Empty where there is no /proc: such an instance is never taken for dead. */
function read(from: () => string): string {
  try {
    return from();
  } catch {
    return '';
  }
}
