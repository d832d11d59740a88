import { randomUUID } from 'node:crypto';
import type { Service } from './records';

/** As many as DescribeServices shows. */
const KEPT_EVENTS = 100;

/** Adds a service event; AWS begins each with the service's name. */
export function addEvent(service: Service, message: string): void {
  service.events.unshift({ id: randomUUID(), createdAt: Date.now(), message: `(service ${service.name}) ${message}` });
  service.events.length = Math.min(service.events.length, KEPT_EVENTS);
}

/** `(task a) (task b)`. */
export function taskList(ids: string[]): string {
  return ids.map((id) => `(task ${id})`).join(' ');
}
