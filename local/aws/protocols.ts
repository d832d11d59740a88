import type { IncomingMessage } from 'node:http';
import { AwsError } from './contract';
import type { JsonObject, JsonService } from './contract';
import { credentialScope } from './exchange';
import type { Answer, Exchange } from './exchange';

/**
 * Understands a request of AWS's JSON protocol (1.0 and 1.1, told apart by nothing but the content type); no body means
 * one that is too large. Anything else gets UnknownOperationException: never an HTML page, never silence.
 */
export function jsonExchange(
  request: IncomingMessage,
  body: Buffer | undefined,
  requestId: string,
  region: string,
  services: readonly JsonService[],
): Exchange {
  const target = String(request.headers['x-amz-target'] ?? '');
  const [prefix, operation = ''] = target.split('.');
  const service = services.find((one) => one.targetPrefix === prefix);
  const action = service && Object.hasOwn(service.actions, operation) ? service.actions[operation] : undefined;
  const scope = credentialScope(request);
  const input = body && parseObject(body);
  const asked = `${request.method ?? ''} ${request.url ?? ''}`;

  const answer = (status: number, content: JsonObject, headers: Record<string, string> = {}): Answer => ({
    status,
    headers: { 'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.1', ...headers },
    body: JSON.stringify(content),
  });
  const answerError = ({ code, message, statusCode }: AwsError): Answer => ({
    ...answer(statusCode, { __type: code, message }, { 'x-amzn-errortype': code }),
    error: code,
  });
  const refusal = (): AwsError | undefined => {
    if (!service || !action) return unknownOperation(target || `${asked} without x-amz-target`, services);
    if (!scope) return new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    if (!body)
      return new AwsError('RequestEntityTooLargeException', 'The body is larger than the local AWS takes.', 413);
    if (!input) return new AwsError('SerializationException', 'The body is not a JSON object.');
    // As AWS does; so a client that ignores its own region setting is found out.
    if (scope.region === region && scope.service === service.name) return undefined;
    const message = `Credential should be scoped to ${region}/${service.name}, not ${scope.region}/${scope.service}.`;
    return new AwsError('InvalidSignatureException', message);
  };
  const rejected = refusal();

  return {
    service: service?.name ?? 'unknown',
    action: operation || asked,
    request: input ?? null,
    accessKeyId: scope?.accessKeyId,
    rejected: rejected && answerError(rejected),
    async perform() {
      try {
        const call = { requestId, accessKeyId: scope?.accessKeyId, region };
        return answer(200, (await action?.(input ?? {}, call)) ?? {});
      } catch (error) {
        if (error instanceof AwsError) return answerError(error);
        return answerError(new AwsError('ServerException', `defect of the local AWS: ${String(error)}`, 500));
      }
    },
    fail: answerError,
  };
}

function unknownOperation(asked: string, services: readonly JsonService[]): AwsError {
  const spoken = ['sts', ...services.map((service) => service.name)].sort().join(', ');
  const message = `The local AWS does not speak ${asked}. It speaks a part of ${spoken} and the registry's /v2/; local/aws/README.md lists it.`;
  return new AwsError('UnknownOperationException', message);
}

function parseObject(body: Buffer): JsonObject | undefined {
  try {
    const value = JSON.parse(body.toString('utf8') || '{}') as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
