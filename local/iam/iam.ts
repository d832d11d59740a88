import type { IncomingMessage } from 'node:http';
import { AwsError } from '../aws/contract';
import type { Authorization, Exchange } from '../aws/exchange';
import type { Understand } from '../aws/front';
import { demandsOf } from './demands/demands';
import type { Place } from './demands/place';
import { accessDenied, denialOf, judgeFor } from './denial';
import { createIdentities } from './identities';
import type { Identity } from './identities';
import type { IamSettings } from './settings';
import { createIamQueries } from './queries';
import { createSts } from './sts';

/** The key under which the local ECS itself pulls images; on AWS that is the execution role's business. */
const ECS_AGENT = 'ecs-agent';

export type Iam = ReturnType<typeof createIam>;

/**
 * The identities of a local AWS, what they may do, and STS. Signatures are not verified: who knows a key (of a session: and
 * its token) is taken for its owner. Throws an Error of one sentence for a policy that it does not understand.
 */
export function createIam(settings: IamSettings, place: Place) {
  const { providers = [], now = Date.now } = settings;
  const identities = createIdentities(settings, place.accountId);

  function authorize(request: IncomingMessage, exchange: Exchange): Authorization & { refusal?: AwsError | undefined } {
    const { service, accessKeyId, action } = exchange;
    // Nobody yet: STS looks at the token in the request.
    if (accessKeyId === undefined || (service === 'registry' && accessKeyId === ECS_AGENT)) return {};
    const refused = service === 'registry' ? undefined : refuseKey(service, accessKeyId, sessionToken(request));
    const identity = identities.owner(accessKeyId);
    if (refused || !identity) return { refusal: refused ?? unknownKey(service) };
    const principal = identity.arn;
    const demands = demandsOf(service, action, exchange.request, place);
    if (!demands) {
      const message = `The local IAM does not know which permission ${service}:${action} takes, and allows it to nobody.`;
      return { principal, refusal: accessDenied(message) };
    }
    const permissions = demands.map((each) => `${each.action} ${each.resource}`);
    const denial = firstDenial(identity, demands);
    const refusal = denial && service === 'iam' ? new AwsError('AccessDenied', denial.message, 403) : denial;
    return { principal, permissions, refusal };
  }

  function firstDenial(identity: Identity, demands: readonly Parameters<typeof judgeFor>[1][]): AwsError | undefined {
    const common = {
      'aws:principalarn': [identity.roleArn ?? identity.arn],
      'aws:principalaccount': [place.accountId],
      'aws:requestedregion': [place.region],
    };
    for (const each of demands) {
      const verdict = judgeFor(identity, { ...each, context: { ...common, ...each.context } });
      if (verdict !== 'allow') return accessDenied(denialOf(identity, each, verdict));
    }
    return undefined;
  }

  function refuseKey(service: string, accessKeyId: string, token: string | undefined): AwsError | undefined {
    const found = identities.check(accessKeyId, token);
    if (found === 'valid') return undefined;
    return found === 'unknown' ? unknownKey(service) : expired(service);
  }

  return {
    /** Adds a role, or changes one, also for its sessions. */
    putRole: (role: Parameters<typeof identities.putRole>[0]): void => void identities.putRole(role),
    queries: {
      sts: createSts({ identities, providers, accountId: place.accountId, now }),
      iam: createIamQueries(identities),
    },

    /** Turns away what is not allowed, in AWS's words, and notes who made each call. */
    guard(understand: Understand): Understand {
      return async (request, requestId) => {
        const exchange = await understand(request, requestId);
        if (exchange.rejected) return exchange;
        const { refusal, ...authorization } = authorize(request, exchange);
        return { ...exchange, ...authorization, rejected: refusal && exchange.fail(refusal) };
      };
    },
  };
}

function sessionToken({ headers }: IncomingMessage): string | undefined {
  const token = headers['x-amz-security-token'];
  return Array.isArray(token) ? token[0] : token;
}

/** Errors of STS and IAM have other names and another status. */
function unknownKey(service: string): AwsError {
  const message = 'The security token included in the request is invalid.';
  return speaksQuery(service)
    ? new AwsError('InvalidClientTokenId', message, 403)
    : new AwsError('UnrecognizedClientException', message);
}

function expired(service: string): AwsError {
  const message = 'The security token included in the request is expired';
  return speaksQuery(service)
    ? new AwsError('ExpiredToken', message, 403)
    : new AwsError('ExpiredTokenException', message);
}

function speaksQuery(service: string): boolean {
  return service === 'sts' || service === 'iam';
}
