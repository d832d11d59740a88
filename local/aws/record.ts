import { appendFileSync } from 'node:fs';
import type { Json } from './contract';
import type { Authorization } from './exchange';
import type { FaultKind } from './faults';

/** One call as CloudTrail would keep it, plus the fault that was applied to it. */
export interface RecordedCall extends Authorization {
  /** ISO 8601, when the request arrived. */
  time: string;
  service: string;
  action: string;
  request: Json;
  errorCode: string | undefined;
  requestId: string;
  accessKeyId: string | undefined;
  fault: FaultKind | undefined;
}

export type CallFilter = Partial<Pick<RecordedCall, 'service' | 'action'>>;

export type CallRecord = ReturnType<typeof createCallRecord>;

/** Members that carry a credential. `nextToken` and `clientToken` do not. */
const SECRET_MEMBER = /^(webIdentityToken|samlAssertion|authorizationToken|sessionToken|password)$/i;

/** Keeps calls in memory, and appends each as a line of JSON to `file` before its answer is sent. */
export function createCallRecord(file: string) {
  const kept: RecordedCall[] = [];
  return {
    add(call: RecordedCall): void {
      const line = JSON.stringify(call, (key, value: unknown) => (SECRET_MEMBER.test(key) ? 'REDACTED' : value));
      const { request } = JSON.parse(line) as RecordedCall;
      kept.push({ ...call, request });
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    },
    calls: ({ service, action }: CallFilter = {}): readonly RecordedCall[] =>
      kept.filter((call) => (service ?? call.service) === call.service && (action ?? call.action) === call.action),
  };
}
