import type { IncomingMessage } from 'node:http';
import { AwsError } from './contract';
import type { JsonObject, JsonService } from './contract';
import { credentialScope, refusalOf } from './exchange';
import type { Answer, Exchange, RefusingFault } from './exchange';

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
    if (!scope) return new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
    if (!body) return new AwsError('RequestEntityTooLarge', 'The body is larger than the local AWS takes.', 413);
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
    refuse: (fault) => answerError(refusalOf(fault, `${service?.name ?? ''}:${operation}`)),
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

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

const REFUSALS: Record<RefusingFault, AwsError> = {
  throttle: new AwsError('Throttling', 'Rate exceeded'),
  error: new AwsError('InternalFailure', 'The request processing has failed.', 500),
  deny: new AwsError('AccessDenied', 'User is not authorized to perform this action', 403),
};

/** Understands a request of the Query protocol (a form in, XML out), of which only STS's GetCallerIdentity is spoken. */
export function stsExchange(request: IncomingMessage, body: Buffer, requestId: string, accountId: string): Exchange {
  const form = new URLSearchParams(body.toString('utf8'));
  const action = form.get('Action') ?? '';
  const scope = credentialScope(request);
  const service = scope?.service ?? 'sts';

  const answer = (status: number, body: string): Answer => ({ status, headers: { 'content-type': 'text/xml' }, body });
  const answerError = ({ code, message, statusCode }: AwsError): Answer => {
    const detail = `<Type>${statusCode < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${escape(message)}</Message>`;
    const content = `<ErrorResponse xmlns="${NAMESPACE}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { ...answer(statusCode, content), error: code };
  };
  const refusal = (): AwsError | undefined => {
    if (service === 'sts' && action === 'GetCallerIdentity')
      return scope ? undefined : new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
    const asked = `${service}:${action || '(no Action)'}`;
    const message = `The local AWS does not speak ${asked}; of STS it speaks only GetCallerIdentity.`;
    return new AwsError('InvalidAction', message);
  };
  const rejected = refusal();
  const user = `<Arn>arn:aws:iam::${accountId}:user/local</Arn><UserId>AIDALOCALAWS</UserId><Account>${accountId}</Account>`;
  const identity =
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${user}</GetCallerIdentityResult>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;

  return {
    service,
    action,
    request: Object.fromEntries(form),
    accessKeyId: scope?.accessKeyId,
    rejected: rejected && answerError(rejected),
    perform: () => Promise.resolve(answer(200, identity)),
    refuse: (fault) => answerError(REFUSALS[fault]),
  };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
