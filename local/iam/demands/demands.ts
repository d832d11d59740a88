import type { Json, JsonObject } from '../../aws/contract';
import type { Demand } from '../evaluate';
import { ECR, REGISTRY } from './ecr';
import { ECS } from './ecs';
import { arnIn, demand, textAt } from './place';
import type { Demands, Place } from './place';

const LOGS: Readonly<Record<string, Demands>> = {
  GetLogEvents: (request, place) => {
    const [group, stream] = [textAt(request, 'logGroupName'), textAt(request, 'logStreamName')];
    return [demand('logs:GetLogEvents', arnIn(place, 'logs', `log-group:${group}:log-stream:${stream}`))];
  },
};

/** Judged by STS itself, which knows the role that is asked for; who one is, everybody may ask. */
const STS: Readonly<Record<string, Demands>> = {
  GetCallerIdentity: () => [],
  AssumeRole: () => [],
  AssumeRoleWithWebIdentity: () => [],
};

const IAM: Readonly<Record<string, Demands>> = {
  ListAttachedRolePolicies: (request, { accountId }) => [
    demand('iam:ListAttachedRolePolicies', `arn:aws:iam::${accountId}:role/${textAt(request, 'RoleName')}`),
  ],
};

const SERVICES: Readonly<Record<string, Readonly<Record<string, Demands>>>> = {
  ecs: ECS,
  ecr: ECR,
  registry: REGISTRY,
  logs: LOGS,
  sts: STS,
  iam: IAM,
};

/** The permissions that a call takes; undefined for one of which it is not known, which must then not be let through. */
export function demandsOf(service: string, action: string, request: Json, place: Place): Demand[] | undefined {
  const demands = SERVICES[service];
  const known = demands && Object.hasOwn(demands, action) ? demands[action] : undefined;
  return known?.(asObject(request), place);
}

function asObject(request: Json): JsonObject {
  return typeof request === 'object' && request !== null && !Array.isArray(request) ? request : {};
}
