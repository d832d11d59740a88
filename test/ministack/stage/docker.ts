import { execFile } from 'node:child_process';

const ONE_CALL_WITHIN_MS = 60_000;

/** How Docker and its clients are asked: where the daemon is, and a folder of settings that holds no login. */
export interface Docker {
  env: Readonly<Record<string, string>>;
  /** One command of the client; answers its output. */
  run(args: readonly string[]): Promise<string>;
}

/** `settings` is an empty folder: nobody's logins, contexts or proxies have a part in this. */
export function dockerClient(settings: string): Docker {
  const { PATH = '', DOCKER_HOST } = process.env;
  const env = {
    PATH,
    HOME: settings,
    DOCKER_CONFIG: settings,
    ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }),
  };
  return {
    env,
    run: (args) =>
      new Promise((resolve, reject) => {
        execFile('docker', args, { env, timeout: ONE_CALL_WITHIN_MS }, (error, stdout, stderr) => {
          if (error === null) resolve(stdout.trim());
          else reject(new Error(`docker ${args.join(' ')}: ${stderr}`, { cause: error }));
        });
      }),
  };
}
