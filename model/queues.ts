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
  /** Reports to GitHub: with the key of the App, and so with nothing else. */
  notify: 'sluice-notify',
} as const;

export type TaskQueue = keyof typeof TASK_QUEUES;

/** Trust zones: each with its own identity, and the task queues that it serves. */
export const ROLES = {
  orchestrator: ['orchestrator', 'watches'],
  gates: ['gates'],
  images: ['images'],
  deployer: ['deployer', 'waits'],
  notify: ['notify'],
} as const satisfies Record<string, readonly TaskQueue[]>;

export type Role = keyof typeof ROLES;

/** Without one of these releases wait; `notify` is for those who want it. */
export const NEEDED_ROLES: readonly Role[] = ['orchestrator', 'gates', 'images', 'deployer'];

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}
