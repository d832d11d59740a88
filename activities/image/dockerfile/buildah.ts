import { join } from 'node:path';
import { buildOptions } from './tool';
import type { DockerfileTool } from './tool';

/** Content of the signature policy: what is pulled is named by the Dockerfile, and signatures are a gate's matter. */
export const SIGNATURE_POLICY = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });

/**
 * buildah, which needs no daemon. `home` keeps what it pulled between builds, and the file `policy.json`: hosts without
 * /etc/containers have none. `chroot` is the isolation that also works inside a container.
 */
export function buildah(home: string): DockerfileTool {
  const policy = ['--signature-policy', join(home, 'policy.json')];
  const storage = ['buildah', '--root', join(home, 'storage'), '--runroot', join(home, 'run')];
  return {
    program: 'buildah',
    environment: (from) => (from['XDG_RUNTIME_DIR'] === undefined ? {} : { XDG_RUNTIME_DIR: from['XDG_RUNTIME_DIR'] }),
    probe: [...storage, 'images', '--quiet'],
    build: (order) => [...storage, 'build', '--isolation', 'chroot', ...policy, ...buildOptions(order), order.context],
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
    remove: (id) => [...storage, 'rmi', id],
  };
}
