// Removes what a ministack and its releases left in the Docker daemon and on disk, once whoever started this is gone or
// says so: stdin then ends, also after `kill -9`. In a session of its own, so that Ctrl-C does not reach it.
//
//   node undertaker.mjs CONTAINER_LABEL IMAGE_LABEL DIRECTORY PORT
//
// Containers and images by exactly these labels (`key=value`), and the directory. A ministack that is being killed may
// still start a container: it is over when nothing listens on PORT any more and nothing was left.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const WITHIN_MS = 60_000;
const ONE_CALL_WITHIN_MS = 30_000;
const BETWEEN_LOOKS_MS = 100;

const run = promisify(execFile);
const [containerLabel, imageLabel, directory, port] = process.argv.slice(2);

process.stdin.resume();
process.stdin.on('error', () => undefined);
await once(process.stdin, 'close');

for (const giveUp = Date.now() + WITHIN_MS; ; await sleep(BETWEEN_LOOKS_MS)) {
  const listening = await isListening(Number(port));
  const left = await docker('container', 'ls', '--all', '--quiet', '--filter', `label=${containerLabel}`);
  if (left.length > 0) await docker('container', 'rm', '--force', '--volumes', ...left);
  if ((!listening && left.length === 0) || Date.now() > giveUp) break;
}
// Parents go with their last child; an id that is gone by then is no error.
for (const image of await docker('image', 'ls', '--all', '--quiet', '--filter', `label=${imageLabel}`)) {
  await docker('image', 'rm', '--force', image);
}
await rm(directory, { recursive: true, force: true });

async function docker(...args) {
  try {
    const { stdout } = await run('docker', args, { timeout: ONE_CALL_WITHIN_MS });
    return [...new Set(stdout.split('\n').filter((line) => line !== ''))];
  } catch {
    return [];
  }
}

async function isListening(number) {
  const socket = net.connect(number, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
