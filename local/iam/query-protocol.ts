import type { IncomingMessage } from 'node:http';
import { AwsError } from '../aws/contract';
import { credentialScope } from '../aws/exchange';
import type { Answer, Exchange } from '../aws/exchange';

const NAMESPACES: Readonly<Record<string, string>> = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
};
/** IAM is one for all regions, and its requests are signed for this one. */
const IAM_REGION = 'us-east-1';

/** One action of STS or IAM: takes the form, and answers the XML within its result. Throws AwsError. */
export type QueryAction = (form: URLSearchParams, accessKeyId: string | undefined) => string | Promise<string>;

/** Of each service, by their names. */
export type Queries = Readonly<Record<string, Record<string, QueryAction>>>;

/** Actions that STS takes from who has no credentials yet. */
const UNSIGNED = ['AssumeRoleWithWebIdentity'];

/** The caller of a local AWS without an IAM, whatever the key. */
export function onlyCallerIdentity(accountId: string): Queries {
  const arn = `arn:aws:iam::${accountId}:user/local`;
  const identity = `<Arn>${arn}</Arn><UserId>AIDALOCALAWS</UserId><Account>${accountId}</Account>`;
  return { sts: { GetCallerIdentity: () => identity } };
}

/**
 * Understands a request of the Query protocol (a form in, XML out), which STS and IAM alone speak here. Anything else gets
 * InvalidAction.
 */
export function queryExchange(request: IncomingMessage, body: Buffer, requestId: string, queries: Queries): Exchange {
  const form = new URLSearchParams(body.toString('utf8'));
  const action = form.get('Action') ?? '';
  const scope = credentialScope(request);
  const service = scope?.service ?? 'sts';
  const actions = (Object.hasOwn(queries, service) ? queries[service] : undefined) ?? {};
  const namespace = NAMESPACES[service] ?? '';

  const answer = (status: number, body: string): Answer => ({ status, headers: { 'content-type': 'text/xml' }, body });
  const answerError = ({ code, message, statusCode }: AwsError): Answer => {
    const detail = `<Type>${statusCode < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${escape(message)}</Message>`;
    const content = `<ErrorResponse xmlns="${namespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { ...answer(statusCode, content), error: code };
  };
  const refusal = (): AwsError | undefined => {
    if (service === 'iam' && scope?.region !== IAM_REGION)
      return new AwsError(
        'SignatureDoesNotMatch',
        `Credential should be scoped to a valid region: ${IAM_REGION}.`,
        403,
      );
    if (Object.hasOwn(actions, action))
      return scope || UNSIGNED.includes(action)
        ? undefined
        : new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
    const asked = `${service}:${action || '(no Action)'}`;
    const message = `The local AWS does not speak ${asked}; of ${Object.keys(queries).join(' and ').toUpperCase().replace(' AND ', ' and ')} it speaks only ${Object.values(queries).flatMap(Object.keys).join(', ')}.`;
    return new AwsError('InvalidAction', message);
  };
  const rejected = refusal();
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;

  return {
    service,
    action,
    request: Object.fromEntries(form),
    accessKeyId: scope?.accessKeyId,
    rejected: rejected && answerError(rejected),
    async perform() {
      try {
        const result = `<${action}Result>${(await actions[action]?.(form, scope?.accessKeyId)) ?? ''}</${action}Result>`;
        return answer(200, `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`);
      } catch (error) {
        if (error instanceof AwsError) return answerError(error);
        return answerError(new AwsError('InternalFailure', `defect of the local AWS: ${String(error)}`, 500));
      }
    },
    fail: answerError,
  };
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
