import { randomBytes, randomInt } from 'node:crypto';

/** 19 digits, as in `ecs-svc/1234567890123456789` and in service revision ARNs. */
export function nineteenDigits(): string {
  return `${randomInt(1, 10)}${Array.from({ length: 18 }, () => randomInt(0, 10)).join('')}`;
}

/** 32 hex digits, as in task ids. */
export function taskId(): string {
  return randomBytes(16).toString('hex');
}

/** 21 characters, as in service deployment ids. */
export function serviceDeploymentId(): string {
  return randomBytes(16).toString('base64url').slice(0, 21);
}

/** The last path segment of an ARN; a bare name is answered as it is. */
export function lastSegment(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** Time as AWS's JSON protocol writes it: epoch seconds. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}

export function inSeconds(times: Record<string, number | undefined>): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(times).map(([name, ms]) => [name, ms === undefined ? ms : epochSeconds(ms)]),
  );
}
