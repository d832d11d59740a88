import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Ports handed out lately: the kernel may offer one again before the task that it was meant for listens on it. */
const recent: number[] = [];
const RECENT_PORTS = 200;

/** A TCP port of 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (recent.includes(port)) continue;
    recent.push(port);
    if (recent.length > RECENT_PORTS) recent.shift();
    return port;
  }
}
