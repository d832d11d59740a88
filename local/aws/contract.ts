/** What the parts of the local AWS know of each other: the front calls services, the ECS engine asks for images and keeps logs. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = Record<string, Json | undefined>;

/** Who and what one call is, beside its body. */
export interface Call {
  requestId: string;
  accessKeyId: string | undefined;
  region: string;
}

/** One API action: takes the request's JSON body and answers with the response's. Throws `AwsError` for a modelled error. */
export type Action = (input: JsonObject, call: Call) => JsonObject | Promise<JsonObject>;

/** A service that speaks AWS's JSON protocol, found by the `x-amz-target` prefix. `name` is CloudTrail's, for example `ecs`. */
export interface JsonService {
  name: string;
  targetPrefix: string;
  actions: Record<string, Action>;
}

/** An error as AWS models it: `__type` on the wire, HTTP 400 unless said otherwise. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly statusCode = 400,
  ) {
    super(message);
    this.name = code;
  }
}

/** An image as the registry knows it: its digest and its OCI image config (`config.Entrypoint`, `config.Env` and so on). */
export interface ResolvedImage {
  digest: string;
  config: JsonObject;
}

/** What the ECS engine needs of the registry. Images are named as in a task definition, by tag or digest. */
export interface ImageSource {
  /** Answers undefined where host, repository, tag or digest are unknown. */
  resolve(image: string): Promise<ResolvedImage | undefined>;
  /** Unpacks the image's layers (with whiteouts), once; later calls find them there. Answers the path of the root folder. */
  unpack(image: string): Promise<string>;
}

/** Where tasks' output goes; CloudWatch Logs' GetLogEvents reads it. */
export interface LogSink {
  append(group: string, stream: string, message: string, timestampMs: number): void;
}
