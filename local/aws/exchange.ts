import type { IncomingMessage } from 'node:http';
import { AwsError } from './contract';
import type { Json } from './contract';
import type { FaultKind } from './faults';

/** What goes back over HTTP. `error` is the code that the record of calls keeps. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | { file: string };
  error?: string;
}

/** What an IAM found out about a call: who makes it (an ARN), and what that took, as "ecs:UpdateService arn:…". */
export interface Authorization {
  principal?: string | undefined;
  permissions?: readonly string[] | undefined;
}

/** One request, understood by its protocol and not yet carried out. */
export interface Exchange extends Authorization {
  /** `ecs`, `ecr`, `logs`, `sts` or `registry`. */
  service: string;
  /** `UpdateService`, or for the registry `PUT manifest`. */
  action: string;
  request: Json;
  accessKeyId: string | undefined;
  /** Set when the request is turned away before any service sees it (unsigned, unknown); faults do not count such requests. */
  rejected?: Answer | undefined;
  /** Its errors are answers too, also a defect of the local AWS. */
  perform(): Promise<Answer>;
  /** An error as this protocol writes it. */
  fail(error: AwsError): Answer;
}

/** A fault as the error that the service would answer; undefined where the front does it to the connection or the clock. */
export function refusalOf(fault: FaultKind | undefined, { service, action }: Exchange): AwsError | undefined {
  const [suffix, status] = ['sts', 'iam'].includes(service) ? (['', 403] as const) : (['Exception', 400] as const);
  const asked = service === 'registry' ? 'this action on this resource' : `${service}:${action}`;
  const errors: Partial<Record<FaultKind, [code: string, message: string, status?: number]>> = {
    throttle: [`Throttling${suffix}`, 'Rate exceeded'],
    deny: [`AccessDenied${suffix}`, `User is not authorized to perform: ${asked}`, status],
    expire: [`ExpiredToken${suffix}`, 'The security token included in the request is expired', status],
    error: [UNAVAILABLE[service] ?? 'ServerException', 'Service Unavailable. Please try again later.', 500],
  };
  const error = fault && errors[fault];
  return error && new AwsError(...error);
}
const UNAVAILABLE: Record<string, string> = { logs: 'ServiceUnavailableException', sts: 'InternalFailure' };

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=([^/\s,]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=[^,]+,\s*Signature=[0-9a-f]{64}$/;

/** Whom a signed request is from and for; undefined when it is not signed. The signature itself is not verified. */
export function credentialScope({ headers }: IncomingMessage) {
  const [, accessKeyId, region, service] = SIGNED.exec(headers.authorization ?? '') ?? [];
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined;
}

/** Reads a body to its end, since who still sends hears no answer; undefined when it is above the limit. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
  }
  return size <= limitBytes ? Buffer.concat(chunks) : undefined;
}
