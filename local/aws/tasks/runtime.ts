import type { JsonObject } from '../contract';

/** What runs a task's containers: processes now, a Docker daemon where there is one. Images are pinned by digest. */
export interface TaskRuntime {
  /** Makes the image ready to run. Idempotent. Rejects with the cause when it cannot be had. */
  pull(image: string): Promise<void>;
  /** Starts one container. Rejects with a `CannotStart` when its program cannot be run. */
  start(request: ContainerRequest): Promise<RunningContainer>;
  /** Removes what the task's containers left behind, after the last has exited. */
  release(taskId: string): Promise<void>;
}

export interface ContainerRequest {
  taskId: string;
  image: string;
  /** The OCI image config's `config`. */
  imageConfig: JsonObject;
  /** These three override the image's own, as in Docker. */
  entryPoint: string[] | undefined;
  command: string[] | undefined;
  workingDirectory: string | undefined;
  environment: Record<string, string>;
  containerPorts: number[];
  /** Takes each line of output, without its end. */
  onLine: (line: string) => void;
}

export interface RunningContainer {
  bindings: { containerPort: number; hostPort: number }[];
  /** The exit code, 128+n after signal n, once all output has been passed on. Never rejects. */
  exited: Promise<number>;
  terminate: () => void;
  /** Ends every process of the container at once. */
  kill: () => void;
  /** Runs a command beside the program, one at a time, as a health check does; answers whether it exited 0 within the time. */
  probe(command: string[], timeoutMs: number): Promise<boolean>;
}

/** The program of a container cannot be run at all; the message is the part after AWS's `CannotStartContainerError: `. */
export class CannotStart extends Error {}
