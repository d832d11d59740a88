/** Task queues (design section 5). One process may serve all of them: the embedded default. */
export const TASK_QUEUES = {
  orchestrator: 'sluice',
  /** Waiting for deployments stands apart from asking and granting turns. */
  watches: 'sluice-watches',
  gates: 'sluice-gates',
  images: 'sluice-images',
  deployer: 'sluice-deployer',
  /** Long waits stand apart, so that a rollback's write never waits behind a bake. */
  waits: 'sluice-waits',
} as const;

export type TaskQueue = keyof typeof TASK_QUEUES;

/** Trust zones: each with its own identity, and the task queues that it serves. */
export const ROLES = {
  orchestrator: ['orchestrator', 'watches'],
  gates: ['gates'],
  images: ['images'],
  deployer: ['deployer', 'waits'],
} as const satisfies Record<string, readonly TaskQueue[]>;

export type Role = keyof typeof ROLES;

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}
