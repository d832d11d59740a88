import type { JsonObject } from '../../aws/contract';
import type { Demand } from '../evaluate';
import { arnIn, demand, textAt, textsAt } from './place';
import type { Demands, Place } from './place';

/** What ECR's actions demand, by their names. */
export const ECR: Readonly<Record<string, Demands>> = {
  GetAuthorizationToken: () => [demand('ecr:GetAuthorizationToken', '*')],
  DescribeRepositories: (request, place) => {
    const named = textsAt(request, 'repositoryNames');
    return (named.length > 0 ? named : ['*']).map((name) =>
      onRepository('DescribeRepositories', name, ownerOf(request, place)),
    );
  },
  ...inRepository('CreateRepository'),
  ...inRepository('PutImage'),
  ...inRepository('DescribeImages'),
  ...inRepository('BatchGetImage'),
};

/**
 * What requests of the registry demand of whoever got the token, by method and kind. A ping demands nothing but a token.
 * Source: ECR user guide, "IAM permissions for pushing an image" and "for pulling"; ECR's calls that CloudTrail shows of both.
 */
export const REGISTRY: Readonly<Record<string, Demands>> = {
  'GET ping': () => [],
  'HEAD ping': () => [],
  'HEAD blob': inPath('BatchCheckLayerAvailability'),
  'GET blob': inPath('GetDownloadUrlForLayer'),
  'HEAD manifest': inPath('BatchGetImage'),
  'GET manifest': inPath('BatchGetImage'),
  'PUT manifest': inPath('PutImage'),
  'POST upload': (request, place) => [
    ...inPath('InitiateLayerUpload')(request, place),
    // In one request: opened, filled and closed; or taken from another repository, which must be readable.
    ...('digest' in request ? inPath('UploadLayerPart', 'CompleteLayerUpload')(request, place) : []),
    ...mounted(request, place),
  ],
  'PATCH upload': inPath('UploadLayerPart'),
  // What it carries is a part as well.
  'PUT upload': inPath('UploadLayerPart', 'CompleteLayerUpload'),
  'GET tags': inPath('ListImages'),
  'HEAD tags': inPath('ListImages'),
};

function inRepository(action: string): Record<string, Demands> {
  return {
    [action]: (request, place) => [onRepository(action, textAt(request, 'repositoryName'), ownerOf(request, place))],
  };
}

function inPath(...actions: string[]): Demands {
  return (request, place) => {
    const [, name = ''] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(textAt(request, 'path')) ?? [];
    return actions.map((action) => onRepository(action, name, place));
  };
}

function mounted(request: JsonObject, place: Place): Demand[] {
  const from = textAt(request, 'from');
  if (!('mount' in request) || from === '') return [];
  return ['BatchCheckLayerAvailability', 'GetDownloadUrlForLayer'].map((action) => onRepository(action, from, place));
}

/** A request may name a repository of another account. */
function ownerOf(request: JsonObject, place: Place): Place {
  return { ...place, accountId: textAt(request, 'registryId') || place.accountId };
}

function onRepository(action: string, name: string, place: Place): Demand {
  return demand(`ecr:${action}`, arnIn(place, 'ecr', `repository/${name}`));
}
