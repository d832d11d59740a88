/** Tempos of the local ECS. The order of events is AWS's; only the waits are shorter. All in milliseconds unless said otherwise. */
export interface EcsTiming {
  /** Longest time between two looks of the scheduler at a service; it also looks whenever something happens. */
  tickMs: number;
  /** Time a task stays in each state in which nothing real happens (PROVISIONING, ACTIVATING, DEPROVISIONING). */
  taskStepMs: number;
  /** A task with neither health check nor load balancer counts as healthy this long after RUNNING (AWS: 40 s). */
  healthyAfterMs: number;
  /** What one second of a container health check's `interval` and `startPeriod` takes; its `timeout` is never scaled. */
  healthCheckSecondMs: number;
  /** What one second of `healthCheckGracePeriodSeconds` takes. */
  graceSecondMs: number;
  /** What one second of `stopTimeout` takes. */
  stopSecondMs: number;
  /** Wait before a replacement after the first failed task; it doubles with each further one. */
  restartBackoffMs: number;
  restartBackoffMaxMs: number;
  /** How long a stopped task can still be described. */
  stoppedTaskRetentionMs: number;
  loadBalancerIntervalMs: number;
  loadBalancerTimeoutMs: number;
  /** Passing checks in a row until a target gets traffic (a count). */
  loadBalancerHealthyThreshold: number;
  /** Failing checks in a row until a target is unhealthy (a count). */
  loadBalancerUnhealthyThreshold: number;
  /** Longest wait for the requests in flight of a target that is taken away. */
  drainMs: number;
}

const ONE_HOUR_MS = 3_600_000;

/** Brisk, yet with 1.5 s for a task to come up behind a load balancer: two Node processes start per task, on busy machines too. */
export const defaultTiming: EcsTiming = {
  tickMs: 50,
  taskStepMs: 20,
  healthyAfterMs: 400,
  healthCheckSecondMs: 20,
  graceSecondMs: 50,
  stopSecondMs: 100,
  restartBackoffMs: 100,
  restartBackoffMaxMs: 3_000,
  stoppedTaskRetentionMs: ONE_HOUR_MS,
  loadBalancerIntervalMs: 150,
  loadBalancerTimeoutMs: 1_000,
  loadBalancerHealthyThreshold: 2,
  loadBalancerUnhealthyThreshold: 10,
  drainMs: 2_000,
};
