import { Readable } from 'node:stream';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { requireTemporaryCredentials } from './credentials';
import { asTypedError } from './errors';

const ANSWER_WITHIN_MS = 10_000;
const MAX_BYTES = 1024 * 1024;
const ACTION = 'ListAttachedRolePolicies';

/** The one thing that is asked of IAM. */
export interface IamClient {
  /** ARNs of the managed policies that a role of the caller's account carries. Rejects with a TypedError, within 10 s. */
  attachedPolicies(roleName: string): Promise<string[]>;
  destroy(): void;
}

interface Place {
  host: string;
  /** Of its signatures, whatever region is worked in. */
  region: string;
}

/** IAM is one for each partition. Source: AWS General Reference, "IAM endpoints and quotas". */
export function placeOf(region: string): Place {
  if (region.startsWith('cn-')) return { host: 'iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' };
  if (region.startsWith('us-gov-')) return { host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' };
  return { host: 'iam.amazonaws.com', region: 'us-east-1' };
}

/** What is set for every client alike. */
export type ClientSettings = Pick<
  ConstructorParameters<typeof STSClient>[0] & object,
  'region' | 'credentials' | 'retryMode' | 'maxAttempts' | 'requestHandler'
> & { endpoint?: string };

/**
 * IAM by STS's client, which speaks the same protocol (Query) and whose credentials, signing and retries are wanted here:
 * only the address, the name in the signature, the form and the answer are other ones.
 */
export function iamClient(region: string, settings: (region: string) => ClientSettings): IamClient {
  const place = placeOf(region);
  const { endpoint = configuredEndpoint() ?? `https://${place.host}`, ...rest } = settings(place.region);
  // The SDK takes the name, and its types do not say so.
  const options = { ...rest, endpoint, signingName: 'iam' };
  const client = new STSClient(options);
  requireTemporaryCredentials(client);
  return {
    async attachedPolicies(roleName) {
      const command = new GetCallerIdentityCommand({});
      const form = new URLSearchParams({ Action: ACTION, Version: '2010-05-08', RoleName: roleName }).toString();
      let answer = '';
      command.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { body: string; headers: Record<string, string> };
          request.body = form;
          request.headers['content-length'] = String(Buffer.byteLength(form));
          return next(args);
        },
        // Last before the step that signs.
        { step: 'build', priority: 'low', name: 'sluiceAsksIam' },
      );
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const response = result.response as { body: Readable };
          answer = await readAll(response.body);
          // What the SDK looks for in a good answer; in an error it looks for nothing of the kind.
          response.body = Readable.from([Buffer.from(answer.replaceAll(`${ACTION}Res`, 'GetCallerIdentityRes'))]);
          return result;
        },
        { step: 'deserialize', priority: 'low', name: 'sluiceReadsIam' },
      );
      await client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch((error: unknown) => {
        throw asTypedError(error, `iam:${ACTION} of role ${roleName}`);
      });
      return [...answer.matchAll(/<PolicyArn>([^<]+)<\/PolicyArn>/g)].map(([, arn = '']) => arn);
    },
    destroy: () => client.destroy(),
  };
}

/** As the SDK has it for each service, the shared configuration file apart. Source: AWS SDKs reference, "service-specific endpoints". */
function configuredEndpoint(): string | undefined {
  const [own, common] = [process.env['AWS_ENDPOINT_URL_IAM'], process.env['AWS_ENDPOINT_URL']];
  return [own, common].find((url) => url !== undefined && url !== '');
}

async function readAll(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`IAM answered with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
