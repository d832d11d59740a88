import type { Json, JsonObject } from '../../aws/contract';
import type { Context } from '../conditions';
import type { Demand } from '../evaluate';

export interface Place {
  accountId: string;
  region: string;
}

/** The permissions that a request demands, all of them. */
export type Demands = (request: JsonObject, place: Place) => Demand[];

export function arnIn({ accountId, region }: Place, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`;
}

export function demand(action: string, resource: string, context: Context = {}): Demand {
  return { action, resource, context };
}

/** The member where it is a text, else an empty one. */
export function textAt(request: JsonObject, member: string): string {
  return textOf(request[member]);
}

export function textsAt(request: JsonObject, member: string): string[] {
  const list = request[member];
  return Array.isArray(list) ? list.map(textOf) : [];
}

export function objectsAt(request: JsonObject, member: string): JsonObject[] {
  const list = request[member];
  return Array.isArray(list) ? list.filter((item): item is JsonObject => isObject(item)) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
