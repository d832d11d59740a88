import { join } from 'node:path';
import { BUILD_REPOSITORY } from './build-name';
import { buildOptions } from './tool';
import type { DockerfileTool } from './tool';

/** Content of the signature policy: what is pulled is named by the Dockerfile, and signatures are a gate's matter. */
export const SIGNATURE_POLICY = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });

/** What buildah puts before names without a registry. */
const LOCAL = 'localhost';

/**
 * buildah, which needs no daemon. `home` keeps what it pulled between builds, and the file `policy.json`: hosts without
 * /etc/containers have none. `chroot` is the isolation that also works inside a container.
 *
 * A buildah that was stopped leaves its container, and nothing says whose a container is. So every build holds a lock of
 * the kernel, which ends with the process however that ends, and containers are removed while nobody holds it.
 */
export function buildah(home: string): DockerfileTool {
  const policy = ['--signature-policy', join(home, 'policy.json')];
  const storage = ['buildah', '--root', join(home, 'storage'), '--runroot', join(home, 'run')];
  const locked = (how: string[], argv: string[]) => [
    'flock',
    '--no-fork',
    ...how,
    join(home, 'building.lock'),
    ...argv,
  ];
  return {
    program: 'buildah',
    environment: (from) => (from['XDG_RUNTIME_DIR'] === undefined ? {} : { XDG_RUNTIME_DIR: from['XDG_RUNTIME_DIR'] }),
    probe: [...storage, 'images', '--quiet'],
    build: (order) => {
      const options = ['--isolation', 'chroot', ...policy, ...buildOptions(order)];
      return locked(['--shared'], [...storage, 'build', ...options, order.context]);
    },
    name: () => undefined,
    push: ({ id, name, authDirectory, digestFile, insecure }) => [
      ...storage,
      'push',
      ...policy,
      '--authfile',
      join(authDirectory, 'config.json'),
      '--digestfile',
      digestFile,
      ...(insecure ? ['--tls-verify=false'] : []),
      id,
      `docker://${name}`,
    ],
    pushEnvironment: () => ({}),
    pushedDigest: (_, digestFile) => digestFile?.trim(),
    remove: (name) => [...storage, 'rmi', name],
    // By a filter: asked for a name, it would fail where there is none.
    list: [...storage, 'images', '--format', '{{.Tag}}', '--filter', `reference=${LOCAL}/${BUILD_REPOSITORY}`],
    names: () => undefined,
    clear: locked(['--exclusive', '--nonblock'], [...storage, 'rm', '--all']),
  };
}
