import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A wire that can be cut: forwards 127.0.0.1 to `address` while it is `up`. */
export interface Wire {
  address: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startWire(address: string): Promise<Wire> {
  const [host = '', port = ''] = address.split(':');
  const sockets = new Set<Socket>();
  let up = true;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const destroyAll = (): void => sockets.forEach((socket) => socket.destroy());
  const server = createServer((near) => {
    if (!up) return void near.destroy();
    const far = keep(connect(Number(port), host));
    keep(near).pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      up = false;
      destroyAll();
    },
    mend() {
      up = true;
    },
    async close() {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
