import { BUILD_REPOSITORY } from './build-name';
import { buildOptions } from './tool';
import type { DockerfileTool } from './tool';

/**
 * How the client finds its daemon, and whether it uses BuildKit where it can do without (clients before 23).
 * DOCKER_CONFIG is not among them: it may hold logins.
 */
const DAEMON_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_API_VERSION',
  'DOCKER_BUILDKIT',
  'XDG_RUNTIME_DIR',
];

/** The docker client with whatever builder its daemon has: nothing here needs BuildKit. */
export const docker: DockerfileTool = {
  program: 'docker',
  environment: (from) =>
    Object.fromEntries(DAEMON_VARIABLES.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))),
  probe: ['docker', 'version', '--format', '{{.Server.Version}}'],
  // Without --force-rm the older builder keeps the container of a RUN that failed; BuildKit has none and ignores it.
  build: (order) => ['docker', 'build', '--force-rm', ...buildOptions(order), order.context],
  name: ({ id, name }) => ['docker', 'tag', id, name],
  push: ({ name }) => ['docker', 'push', name],
  pushEnvironment: ({ authDirectory }) => ({ DOCKER_CONFIG: authDirectory }),
  // `docker inspect` may know a digest of another registry; the push itself says what it pushed.
  pushedDigest: (output) => /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(output)?.[1],
  // Its parents stay: they are the daemon's build cache.
  remove: (name) => ['docker', 'image', 'rm', '--no-prune', name],
  list: ['docker', 'image', 'ls', '--format', '{{.Tag}}', BUILD_REPOSITORY],
  names: (name) => ['docker', 'image', 'inspect', '--format', '{{range .RepoTags}}{{println .}}{{end}}', name],
  // The daemon ends a build when its client is gone, and removes the container.
  clear: undefined,
};
