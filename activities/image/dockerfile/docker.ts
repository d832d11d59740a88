import { buildOptions } from './tool';
import type { DockerfileTool } from './tool';

/** How the client finds its daemon. DOCKER_CONFIG is not among them: it may hold logins. */
const DAEMON_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_API_VERSION',
  'XDG_RUNTIME_DIR',
];

/** The docker client with whatever builder its daemon has: nothing here needs BuildKit. */
export const docker: DockerfileTool = {
  program: 'docker',
  environment: (from) =>
    Object.fromEntries(DAEMON_VARIABLES.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))),
  probe: ['docker', 'version', '--format', '{{.Server.Version}}'],
  build: (order) => ['docker', 'build', ...buildOptions(order), order.context],
  name: ({ id, name }) => ['docker', 'tag', id, name],
  push: ({ name }) => ['docker', 'push', name],
  pushEnvironment: ({ authDirectory }) => ({ DOCKER_CONFIG: authDirectory }),
  // `docker inspect` may know a digest of another registry; the push itself says what it pushed.
  pushedDigest: (output) => /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(output)?.[1],
  // Its parents stay: they are the daemon's build cache.
  remove: (id) => ['docker', 'image', 'rm', '--no-prune', id],
};
