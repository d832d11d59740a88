import type { IncomingMessage } from 'node:http';
import { AwsError } from './contract';
import { credentialScope } from './exchange';
import type { Answer, Exchange, RefusingFault } from './exchange';

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

  return {
    service,
    action,
    request: Object.fromEntries(form),
    accessKeyId: scope?.accessKeyId,
    rejected: rejected && answerError(rejected),
    perform: () => Promise.resolve(answer(200, callerIdentity(accountId, requestId))),
    refuse: (fault) => answerError(REFUSALS[fault]),
    failed: (error) => answerError(new AwsError('InternalFailure', `defect of the local AWS: ${String(error)}`, 500)),
  };
}

function callerIdentity(accountId: string, requestId: string): string {
  const user = `<Arn>arn:aws:iam::${accountId}:user/local</Arn><UserId>AIDALOCALAWS</UserId><Account>${accountId}</Account>`;
  return (
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${user}</GetCallerIdentityResult>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
