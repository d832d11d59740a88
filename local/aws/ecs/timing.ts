/** In milliseconds, unless said otherwise. The order of events is AWS's; only the waits are shorter. */
export const defaultTiming = {
  /** Longest time between two looks of the scheduler at a service; it also looks whenever something happens. */
  tickMs: 50,
  /** Time a task stays in each state in which nothing real happens (PROVISIONING, ACTIVATING, DEPROVISIONING). */
  taskStepMs: 20,
  /** A task with neither health check nor load balancer counts as healthy this long after RUNNING (AWS: 40 s). */
  healthyAfterMs: 400,
  /** What one second of a container health check's `interval` and `startPeriod` takes; its `timeout` is never scaled. */
  healthCheckSecondMs: 20,
  /** What one second of `healthCheckGracePeriodSeconds` takes. */
  graceSecondMs: 50,
  /** What one second of `stopTimeout` takes. */
  stopSecondMs: 100,
  /** Wait before a replacement after the first failed task; it doubles with each further one. */
  restartBackoffMs: 100,
  restartBackoffMaxMs: 3_000,
  /** With the thresholds: 1.5 s for a task to come up. Two Node processes start per task, on busy machines too. */
  loadBalancerIntervalMs: 150,
  loadBalancerTimeoutMs: 1_000,
  /** Checks in a row that must pass until a target gets traffic, or fail until it is unhealthy (counts). */
  loadBalancerHealthyThreshold: 2,
  loadBalancerUnhealthyThreshold: 10,
  /** Longest wait for the requests in flight of a target that is taken away. */
  drainMs: 2_000,
};

export type EcsTiming = typeof defaultTiming;
