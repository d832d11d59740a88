import type { JsonObject } from '../contract';

/** What runs a task's containers: processes, or a Docker daemon (local/containers). Images are pinned by digest. */
export interface TaskRuntime {
  /** Makes the image ready to run. Idempotent. Rejects with the cause when it cannot be had. */
  pull(image: string): Promise<void>;
  /** Starts one container. Rejects with a `CannotStart` when its program cannot be run. */
  start(request: ContainerRequest): Promise<RunningContainer>;
  /** Removes what the task's containers left behind, after the last has exited. */
  release(taskId: string): Promise<void>;
  /** Leaves nothing behind; after the last task. Rejects with one sentence when something may be left. */
  close(): Promise<void>;
}

export interface ContainerRequest {
  taskId: string;
  image: string;
  /** The OCI image config's `config`. */
  imageConfig: JsonObject;
  /** As registered: the container's own definition, and all of the task definition. */
  definition: JsonObject;
  taskDefinition: JsonObject;
  environment: Record<string, string>;
  containerPorts: number[];
  /** Takes each line of output, without its end. */
  onLine: (line: string) => void;
}

export interface RunningContainer {
  /** Docker's id of it. */
  runtimeId?: string;
  bindings: { containerPort: number; hostPort: number }[];
  /** The exit code, 128+n after signal n, and AWS's words beside it, once all output has been passed on. Never rejects. */
  exited: Promise<{ exitCode: number; reason?: string }>;
  terminate: () => void;
  /** Ends every process of the container at once. */
  kill: () => void;
  /** Runs a command beside the program, one at a time, as a health check does; answers whether it exited 0 within the time. */
  probe(command: string[], timeoutMs: number): Promise<boolean>;
}

/** The program of a container cannot be run at all; the message is the part after AWS's `CannotStartContainerError: `. */
export class CannotStart extends Error {}
